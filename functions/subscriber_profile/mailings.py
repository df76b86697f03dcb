"""Route of «Рассылка уведомлений»: what is mailed about each account."""

from cabinet import clock
from cabinet.errors import NotFound, raises
from cabinet.http import Identifier, client_address, create_router
from cabinet.identity.mailing_choice import choose_mailings
from cabinet.session import IsSubscriber
from fastapi import Request
from pydantic import BaseModel, StrictBool

router = create_router(prefix="/api/profile", tags=["profile"])


class Mailings(BaseModel):
    """What the subscriber agrees to receive about one account; a tick is a consent of its own."""

    receipts: StrictBool
    reminders: StrictBool
    notices: StrictBool


@router.put("/mailings/{account_id}")
@raises(NotFound)
def put_mailings(account_id: Identifier, chosen: Mailings, who: IsSubscriber, request: Request) -> Mailings:
    """Keep the choice."""
    choose_mailings(who.user_id, account_id, chosen.model_dump(), clock.now(), client_address(request))
    return chosen
