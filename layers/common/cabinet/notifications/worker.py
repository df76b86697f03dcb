"""Sends one person's emails in their order: claim, ask whether it may go, render, send, log.

Killed at any moment, an email stays in the outbox until its row in the log is written; the worst that a kill
does is one second copy, when it falls between the provider's answer and the log.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.errors import MessageError

from cabinet.accounts.keys import account_key, binding_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Key, Table
from cabinet.aws.failures import error_location
from cabinet.core import clock
from cabinet.core.correlation import set_correlation_id
from cabinet.core.errors import DomainError, ServiceUnavailable
from cabinet.core.logging import Event, log_error, log_event
from cabinet.core.remaining_time import SecondsLeft
from cabinet.identity.keys import profile_key
from cabinet.notifications import outbox_store
from cabinet.notifications.channels.email import provider, sending
from cabinet.notifications.channels.email.mime import compose
from cabinet.notifications.channels.email.provider import mail_settings
from cabinet.notifications.channels.email.rendering import RenderError, render
from cabinet.notifications.delivery_rules import (
    LEASE_SECONDS,
    is_outdated,
    next_email,
    retry_after,
    skip_reason,
    throttle_pause,
)
from cabinet.notifications.model import Attachment, QueuedEmail
from cabinet.notifications.outbox_store import AddressReleased, ClaimLost
from cabinet.notifications.receipt_attachment import receipt_attachment
from cabinet.notifications.suppression import Report, suppress_addresses, suppression_key
from cabinet.outbox.emails import SHARDS, wake_mailer_for
from cabinet.signed_tokens import Purpose, sign

UNSUBSCRIBE_LIFETIME = timedelta(days=180)
_SKIP_LIFETIME = timedelta(days=30)
"""Lifetime of the link in a mail about a charge: it is made, or dropped, within days."""
_AUTOPAY_EMAILS = ("autopay_planned", "autopay_left")
_MAX_PER_RECIPIENT = 20


@dataclass(slots=True)
class Mailer:
    """One invocation's mailer; `seconds_left` tells how long it may still work.

    Once the provider has said "slower", this invocation sends no more: what is left is queued for later.
    """

    seconds_left: SecondsLeft
    is_throttled: bool = field(default=False, init=False)
    taken: int = field(default=0, init=False)

    def send_for_recipient(self, pk: str, address_hash: str) -> None:
        """Send what is due for one person, oldest first."""
        for _ in range(_MAX_PER_RECIPIENT):
            email = next_email(outbox_store.list_for_recipient(pk, address_hash), clock.epoch(clock.now()))
            if email is None:
                return
            if self.is_throttled or self.is_out_of_time():
                wake_mailer_for([(email.pk, email.sk)], delay_seconds=throttle_pause(1))
                return
            claim_id = uuid.uuid4().hex
            try:
                self._process(outbox_store.claim(email, claim_id), claim_id)
            except ClaimLost:
                # Its owner looks again after it; so nothing that came meanwhile is forgotten.
                return
            except AddressReleased:
                wake_mailer_for([(email.pk, email.sk)], delay_seconds=LEASE_SECONDS)
                return
        wake_mailer_for([(pk, f"{address_hash}#")])

    def sweep(self, first_shard: int = 0) -> None:
        """Send to everyone whose emails are due: lost messages, ended claims, retries."""
        for shard in range(SHARDS):
            served: set[str] = set()
            for email in outbox_store.waiting((first_shard + shard) % SHARDS):
                if self.is_throttled or self.is_out_of_time():
                    return
                if email.address_hash not in served and email.due_at <= clock.epoch(clock.now()):
                    served.add(email.address_hash)
                    self._send_safely(email)

    def _send_safely(self, email: QueuedEmail) -> None:
        # The outermost edge of one person's emails, as the batch processor is for queued ones.
        try:
            self.send_for_recipient(email.pk, email.address_hash)
        except Exception as error:  # noqa: BLE001
            log_error(Event.EMAIL_POSTPONED, email_id=email.email_id, failure=type(error).__name__)

    def oldest_untried_seconds(self) -> int:
        """Return for how long the oldest email waits that was never tried; 0 when none does."""
        now = clock.now()
        ages = [now - datetime.fromisoformat(email.created_at) for email in outbox_store.sample_untried()]
        return max((int(age.total_seconds()) for age in ages), default=0)

    def is_out_of_time(self) -> bool:
        """Tell whether too little is left to send one more email."""
        return self.seconds_left() < provider.SECONDS_TO_SEND

    def _process(self, email: QueuedEmail, claim_id: str) -> None:
        self.taken += 1
        set_correlation_id(email.correlation_id)
        if retry_after(email.attempts - 1) is None:
            # It killed every mailer that took it.
            self._dead_letter(email, claim_id, email.failure or "attempts ended")
            return
        reason = _reason_not_to_send(email)
        if reason is not None:
            if reason == "suppressed":
                outbox_store.mark_held(email, claim_id, suppression_key(email.to))
            else:
                outbox_store.mark_skipped(email, claim_id, reason)
            log_event(Event.EMAIL_SKIPPED, email_id=email.email_id, template=email.template, reason=reason)
            return
        try:
            provider_id = _send(email)
        except (RenderError, ValueError, MessageError) as error:
            self._dead_letter(email, claim_id, _error_code(error))
        except provider.Throttled as error:
            if isinstance(error, provider.SendingSuspended):
                place = error_location(error.__traceback__)
                log_error(Event.MAIL_SUSPENDED, failure=str(error), place=place)
            self.is_throttled = True
            self._postpone(
                email, claim_id, str(error), throttle_pause(email.throttled + 1), is_throttled=True
            )
        except (provider.RetryableSendError, ServiceUnavailable) as error:
            if isinstance(error, provider.InvalidSendRequest):
                log_error(Event.EMAIL_REQUEST_INVALID, email_id=email.email_id, failure=str(error))
            if isinstance(error, provider.RecipientRejected):
                suppress_addresses(Report("bounce", (email.to,), str(error), email.user_id))
            pause = retry_after(email.attempts)
            if pause is None:
                self._dead_letter(email, claim_id, str(error))
            else:
                self._postpone(email, claim_id, str(error), pause, is_throttled=False)
        except DomainError as error:
            self._dead_letter(email, claim_id, error.code)
        else:
            outbox_store.mark_sent(email, claim_id, provider_id)
            log_event(Event.EMAIL_SENT, email_id=email.email_id, template=email.template)

    def _dead_letter(self, email: QueuedEmail, claim_id: str, failure: str) -> None:
        outbox_store.move_to_dead_letters(email, claim_id, failure)
        log_error(Event.EMAIL_DEAD, email_id=email.email_id, template=email.template, failure=failure)

    def _postpone(
        self, email: QueuedEmail, claim_id: str, failure: str, pause: int, *, is_throttled: bool
    ) -> None:
        outbox_store.reschedule(
            email, claim_id, pause_seconds=pause, failure=failure, is_throttled=is_throttled
        )
        wake_mailer_for([(email.pk, email.sk)], delay_seconds=pause)
        log_event(Event.EMAIL_POSTPONED, email_id=email.email_id, failure=failure, pause_seconds=pause)


def _reason_not_to_send(email: QueuedEmail) -> str | None:
    """Read what the decision needs, in one batch, and decide."""
    if is_outdated(email, clock.now()):
        return "outdated"
    reads: list[tuple[Table, Key]] = [(Table.MESSAGES, suppression_key(email.to))]
    if email.user_id:
        reads.append((Table.USERS, profile_key(email.user_id)))
        if email.account_id:
            reads.append((Table.USERS, binding_key(email.user_id, email.account_id)))
            reads.append((Table.ACCOUNTS, account_key(email.account_id)))
    rows = (*dynamo.batch_get(reads, consistent=True), None, None, None)
    suppressed, profile, binding, account = rows[:4]
    return skip_reason(
        email, is_suppressed=suppressed is not None, profile=profile, binding=binding, account=account
    )


def _send(email: QueuedEmail) -> str:
    settings = mail_settings()
    context = {"site": settings.site_origin, "mailing": email.mailing, "account_id": email.account_id}
    one_click = None
    if email.mailing and email.user_id and email.account_id:
        token = unsubscribe_token(email.user_id, email.account_id, email.mailing)
        one_click = f"{settings.site_origin}/api/notices/unsubscribe?token={token}"
        context["unsubscribe_url"] = f"{settings.site_origin}/unsubscribe?token={token}"
    if email.template in _AUTOPAY_EMAILS and email.user_id and email.account_id:
        token = autopay_off_token(email.user_id, email.account_id)
        context["off_url"] = f"{settings.site_origin}/autopay-off?token={token}"
        if plan := email.values.get("plan"):
            token = autopay_skip_token(email.user_id, email.account_id, str(plan))
            context["skip_url"] = f"{settings.site_origin}/autopay-skip?token={token}"
    params = email.values
    message = compose(
        render(email.template, params, context),
        email_id=email.email_id,
        sender=settings.mail_sender,
        to=email.to,
        now=clock.now(),
        site_origin=settings.site_origin,
        unsubscribe_url=one_click,
        attachments=_attachments(email),
    )
    tags = {"letter": email.email_id, "user_id": email.user_id, "request": email.correlation_id}
    return sending.send(message, email.to, tags)


def _attachments(email: QueuedEmail) -> Sequence[Attachment]:
    return [receipt_attachment(email.user_id or "", email.values)] if email.template == "receipt" else []


def unsubscribe_token(user_id: str, account_id: str, mailing: str) -> str:
    """Return the token of a mail's unsubscribe link: it ends one mailing about one account."""
    claims = {"sub": user_id, "account_id": account_id, "mailing": mailing}
    return sign(Purpose.UNSUBSCRIBE, claims, UNSUBSCRIBE_LIFETIME)


def autopay_off_token(user_id: str, account_id: str) -> str:
    """Return the token of a mail's link that switches autopay of one account off, without a sign-in."""
    return sign(Purpose.AUTOPAY_OFF, {"sub": user_id, "account_id": account_id}, UNSUBSCRIBE_LIFETIME)


def autopay_skip_token(user_id: str, account_id: str, plan: str) -> str:
    """Return the token of a mail's link that leaves out the one charge that the mail announces."""
    claims = {"sub": user_id, "account_id": account_id, "plan": plan}
    return sign(Purpose.AUTOPAY_SKIP, claims, _SKIP_LIFETIME)


def _error_code(error: Exception) -> str:
    """Return what may be logged: our own texts, never what somebody typed."""
    return str(error) if isinstance(error, RenderError) else type(error).__name__
