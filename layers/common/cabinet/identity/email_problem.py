"""What a profile says of mails that do not arrive."""

from typing import Literal

from cabinet.aws.dynamo import Item
from cabinet.core.contacts import recipient_hash

type Reason = Literal["bounce", "complaint"]


def email_problem(profile: Item) -> Reason | None:
    """Return why mails to the profile's present address do not arrive; None when they do."""
    problem = profile.get("email_problem") or {}
    if problem.get("address_hash") != recipient_hash(profile.get("email") or ""):
        return None
    reason: Reason = problem["reason"]
    return reason
