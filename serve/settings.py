"""Settings of `serve` itself, and what the functions' own are without a stack that sets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from cabinet.aws.clients import CONNECTIONS
from cabinet.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.build.template import Template

THREADS = 40
"""Threads in which an HTTP process runs functions: the framework's own limit."""
OPTIONAL = {"ORIGIN_TOKEN", "MAIL_CONFIGURATION_SET", "ESIA_SECRETS"}
"""What CloudFront proves itself by, SES's configuration set, and what Госуслуги need where they are on."""
_NO_USABLE_DEFAULT = {"SITE_ORIGIN", "MAIL_SENDER"}
"""Variables whose default in the template is only an example; the operator has to set them."""


class ServeSettings(Settings):
    """What a machine's operator may set."""

    serve_trusted_proxies: str = "127.0.0.1"
    """Addresses and networks, by commas, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""
    serve_stop_seconds: int = 30
    """What requests and jobs that run get to end in, when a stop is asked for."""
    serve_time_zone: str = ""
    """Where the schedules' hours are meant; empty: as the template's parameter has it."""
    serve_queue_wait_seconds: int = Field(default=10, ge=0, le=20)
    """How long a queue is listened to by one call."""
    serve_inbound_poll_seconds: int = Field(default=30, ge=0)
    """How often `inbound/` is listed for new registries; 0: the storage itself queues what is new."""
    serve_bounces_maildir: str = ""
    """Where reports of undeliverable mail are delivered, as a Maildir; empty: nothing is read."""
    serve_mail_webhook_secret: str = ""
    """The name of the secret that signs reports to `/hooks/mail-reports`; empty: nobody may report."""
    event_dead_letters_url: str = ""
    """The queue for schedules' events that failed every try; empty: they are only logged."""


class VariablesMissing(Exception):
    """The functions need variables that are not set; the text names them."""


def complete_environment(template: Template, environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` with what the template gives every function by itself.

    Raises
    ------
    VariablesMissing
        Names of tables, buckets, queues and secrets, the site's origin or mail's sender are not there.
    """
    declared = template.tree["Globals"]["Function"]["Environment"]["Variables"]
    by_template = template.function_environment({})
    defaults = {name: text for name, text in by_template.items() if name not in _NO_USABLE_DEFAULT}
    complete = defaults | dict(environment)
    if "AWS_REGION" in complete:
        complete.setdefault("AWS_DEFAULT_REGION", complete["AWS_REGION"])  # botocore knows this one alone
    missing = [name for name in declared if name not in complete and name not in OPTIONAL]
    if missing:
        raise VariablesMissing(", ".join(missing))
    complete.setdefault(CONNECTIONS, str(THREADS))
    return complete | {
        # The caller's address comes by trusted proxies alone: a header's name here would let anyone write it.
        "CLIENT_ADDRESS_HEADER": "",
        "POWERTOOLS_METRICS_DISABLED": "true",  # CloudWatch reads measures from the log, Prometheus does not
    }
