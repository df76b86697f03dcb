"""Each supplier's webhook: its signing keys can be read, and its receiver takes events."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from infra.doctor.check import Check, Issue
from infra.doctor.secret_checks import read_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.doctor.installation import Installation


def checks(installation: Installation) -> Iterator[Check]:
    """Return one check an endpoint."""
    from cabinet.webhooks import endpoints

    for endpoint in endpoints.list_all():
        yield Check(
            "webhooks", endpoint.supplier_id, "its signing keys serve, its receiver takes events",
            partial(examine, installation, endpoint.supplier_id),
        )  # fmt: skip


def examine(installation: Installation, supplier_id: str) -> Iterator[Issue]:
    """Yield what keeps a supplier's events from being taken."""
    from cabinet.webhooks import endpoints
    from cabinet.webhooks.model import EndpointStatus
    from cabinet.webhooks.signing_keys import SigningKeys

    endpoint = endpoints.find(supplier_id)
    if endpoint is None:
        return
    option = "" if installation.is_local else f" --stack {installation.stack}"
    rotate = f"./cabinet rotate webhook --supplier {supplier_id}{option}"
    text = read_secret(installation.client("secretsmanager"), endpoint.secret)
    if text is None:
        yield Issue(f"there is no secret {endpoint.secret}: nothing can be signed", rotate)
    else:
        try:
            SigningKeys.parse(text)
        except ValueError:
            remedy = "put its version before back (docs/runbook.md, The signing key of a webhook)"
            yield Issue(f"the secret {endpoint.secret} holds no signing keys", remedy)
    desk = "the desk, «События для биллинга»; docs/centre/webhooks.md"
    if endpoint.status is not EndpointStatus.ACTIVE:
        yield Issue(f"it is {endpoint.status.value}: {endpoint.reason}", desk)
    elif endpoint.failing_since:
        yield Issue(f"nothing was taken since {endpoint.failing_since}: {endpoint.failure}", desk)
