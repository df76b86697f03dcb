"""What the notices' routes take and give."""

from typing import Self

from cabinet.notices.model import NoticeKind
from cabinet.notices.queries import NoticeView
from pydantic import BaseModel


class NoticeResponse(BaseModel):
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
        return cls(
            notice_id=seen.notice_id,
            account_id=seen.account_id,
            title=seen.notice.title,
            text=seen.notice.text,
            published_at=seen.notice.published_at,
            read=seen.is_read,
            kind=seen.notice.kind,
            valid_from=seen.notice.valid_from,
            valid_until=seen.notice.valid_until,
            ended_at=seen.notice.ended_at,
        )


class Notices(BaseModel):
    """A page of notices, newest first."""

    items: list[NoticeResponse]
    next: str | None


class MailingLeft(BaseModel):
    """What an unsubscribe link is about, for the page that asks «Отписаться?»."""

    mailing: str
    title: str
