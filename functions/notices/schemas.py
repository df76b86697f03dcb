"""What the notices' routes take and give."""

from typing import Self

from cabinet.core.model import DeferredModel
from cabinet.notices.model import NoticeKind
from cabinet.notices.queries import NoticeView
from cabinet.web.responses import response_from


class NoticeResponse(DeferredModel):
    """One notice of «Уведомления»."""

    notice_id: str
    account_id: str
    title: str
    text: str
    published_at: str
    read: bool
    kind: NoticeKind
    valid_from: str | None
    valid_until: str | None
    ended_at: str | None

    @classmethod
    def of(cls, seen: NoticeView) -> Self:
        """Return a notice as the API shows it."""
        return response_from(
            cls, seen.notice, notice_id=seen.notice_id, account_id=seen.account_id, read=seen.is_read
        )


class Notices(DeferredModel):
    """A page of notices, newest first."""

    items: list[NoticeResponse]
    next: str | None


class UnsubscribePreview(DeferredModel):
    """What an unsubscribe link is about, for the page that asks «Отписаться?»."""

    mailing: str
    title: str
