"""Settings of `serve` itself, and what the functions' own are without a stack that sets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cabinet.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.build.template import Template

OPTIONAL = {"ORIGIN_TOKEN", "MAIL_CONFIGURATION_SET", "ESIA_SECRETS"}
"""What CloudFront proves itself by, SES's configuration set, and what Госуслуги need where they are on."""
_OWN = {"SITE_ORIGIN", "MAIL_SENDER"}
"""Where the template's default is an example."""


class ServeSettings(Settings):
    """What a machine's operator may set."""

    serve_trusted_proxies: str = "127.0.0.1"
    """Addresses and networks, by commas, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""
    serve_stop_seconds: int = 30
    """What requests and jobs that run get to end in, when a stop is asked for."""


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
    defaults = {name: text for name, text in template.function_environment({}).items() if name not in _OWN}
    complete = defaults | dict(environment)
    missing = [name for name in declared if name not in complete and name not in OPTIONAL]
    if missing:
        raise VariablesMissing(", ".join(missing))
    # The caller's address comes by trusted proxies alone: a header's name here would let anyone write it.
    return complete | {"CLIENT_ADDRESS_HEADER": ""}
