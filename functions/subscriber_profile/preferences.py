"""Route of «Рассылка уведомлений»: what is mailed about each account."""

from fastapi import Request
from pydantic import StrictBool

from cabinet.core import clock
from cabinet.core.errors import NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.notifications.preferences import update_preferences
from cabinet.web.app import Identifier, client_address, create_router
from cabinet.web.auth import CurrentSubscriber

router = create_router(prefix="/api/profile", tags=["profile"])


class Mailings(DeferredModel):
    """What the subscriber agrees to receive about one account; a tick is a consent of its own."""

    receipts: StrictBool
    reminders: StrictBool
    notices: StrictBool


@router.put("/mailings/{account_id}")
@raises(NotFound)
def put_mailings(
    account_id: Identifier, chosen: Mailings, who: CurrentSubscriber, request: Request
) -> Mailings:
    """Keep the choice."""
    update_preferences(who.user_id, account_id, chosen.model_dump(), clock.now(), client_address(request))
    return chosen
