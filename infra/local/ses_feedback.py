"""A permanently bounced e-mail: reported to the stack's own topic, as SES reports it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from infra.local.deployment import client

if TYPE_CHECKING:
    from collections.abc import Mapping

TOPIC = "MailEvents"


def publish(endpoint: str, names: Mapping[str, str], address: str) -> None:
    """Publish what SES says of an address that does not exist; the mailer gets it a moment later."""
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": address}],
    }
    message = json.dumps({"eventType": "Bounce", "bounce": bounce, "mail": {"tags": {}}})
    client(endpoint, "sns").publish(TopicArn=names[TOPIC], Message=message)
