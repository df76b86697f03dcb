"""The emails about a request: to its author, and to the supplier's office or dispatcher."""

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.identity.keys import profile_key
from cabinet.outbox.emails import Email
from cabinet.outbox.pushes import Push
from cabinet.service_requests.model import STATUS_TITLES, DialogueMessage, Kind, SubscriberRequest


def author_push(request: SubscriberRequest, supplier: Supplier) -> Push:
    """Notify the author that there is something new, without its content."""
    return Push("request_changed", request.user_id, _name(request), supplier.time_zone, request.account_id)


def author_email(
    request: SubscriberRequest, account: Account, supplier: Supplier, reply: DialogueMessage | None = None
) -> list[Email]:
    """Notify the author of the request's state and, if there is one, of an answer."""
    profile = dynamo.get(Table.USERS, profile_key(request.user_id))
    if profile is None or not profile.get("email"):
        return []
    params = {
        "number": request.number,
        "kind_title": request.kind_title,
        "status_title": STATUS_TITLES[request.status],
        "reply": reply.text if reply else "",
        "reply_files": [file.name for file in reply.files] if reply else [],
        "text": request.text,
        "address": account.address.line,
        "dispatcher_phone": supplier.dispatcher_phone if request.kind is Kind.EMERGENCY else "",
    }
    user_id, account_id = request.user_id, request.account_id
    return [
        Email("request_changed", profile["email"], params, _name(request), user_id, account_id=account_id)
    ]


def _name(request: SubscriberRequest) -> str:
    return f"request-{request.request_id}-{request.version}"


def staff_email(
    request: SubscriberRequest, account: Account, supplier: Supplier, reply: DialogueMessage | None = None
) -> list[Email]:
    """An emergency goes to the dispatcher, anything else to the office; where an address is set.

    `reply` is what the author has written since.
    """
    is_emergency = request.kind is Kind.EMERGENCY
    to = (supplier.dispatcher_email if is_emergency else "") or supplier.requests_email
    if not to:
        return []
    params = {
        "number": request.number,
        "kind_title": request.kind_title,
        "account_number": account.number,
        "address": account.address.line,
        "contact_phone": request.contact_phone or "",
        "service_title": request.service_title or "",
        "attachments": len(reply.files if reply else request.files),
        "text": reply.text if reply else request.text,
        "is_message": reply is not None,
    }
    email_id = f"request-staff-{request.request_id}" + (f"-{request.version}" if reply else "")
    return [Email("request_received", to, params, email_id)]
