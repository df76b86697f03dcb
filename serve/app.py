"""The one web application: API, site and probes, with the headers that CloudFront gives its answers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from cabinet.aws.browser_storage import upload_origin
from serve.functions import Functions
from serve.mail_webhook import MailWebhook
from serve.probes import Probes
from serve.request_log import RequestLogMiddleware
from serve.site_files import DIST
from serve.site_headers import SiteHeadersMiddleware, security_headers
from serve.static_site import StaticSite

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.routing import BaseRoute

    from infra.build.template import Template
    from serve.metrics import Metrics


def upload_origins() -> dict[str, str]:
    """Return where browsers post files to, by bucket."""
    names = {"DocumentsBucket": "DOCUMENTS_BUCKET", "ExchangeBucket": "EXCHANGE_BUCKET"}
    return {bucket: upload_origin(os.environ[variable]) for bucket, variable in names.items()}


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(
    template: Template,
    metrics: Metrics | None = None,
    *,
    api: BaseRoute | None = None,
    dist: Path = DIST,
    webhook_secret: str = "",
) -> Starlette:
    """Return the application.

    Parameters
    ----------
    metrics
        Where requests are counted; None: they are neither counted nor logged.
    api
        What answers `/api/*`; None: the functions in this process.
    dist
        The built site.
    webhook_secret
        The name of the secret that signs reports of undeliverable mail; empty: there is no such route.
    """
    layers = [Middleware(SiteHeadersMiddleware, headers=security_headers(template, upload_origins()))]
    if metrics is not None:
        layers.insert(0, Middleware(RequestLogMiddleware, metrics=metrics))
    routes: list[BaseRoute] = [
        api or Functions(template),
        *Probes().routes(),
        *([MailWebhook(webhook_secret).route()] if webhook_secret else []),
        Route("/{rest:path}", StaticSite(dist).serve, methods=METHODS),
    ]
    return Starlette(routes=routes, middleware=layers)
