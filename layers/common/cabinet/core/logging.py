"""Logs and metrics: names of events and identifiers, never personal data, tokens, sums or passwords."""

from enum import StrEnum

from aws_lambda_powertools import Logger

from cabinet.core.correlation import correlation_id

logger = Logger(log_uncaught_exceptions=False)


class Event(StrEnum):
    """Every line that the product logs has one of these names; grep the runbook for what to do about it."""

    REQUEST_SERVED = "request_served"
    REQUEST_FAILED = "request_failed"
    REQUEST_UNAVAILABLE = "request_unavailable"
    STORAGE_FAILED = "storage_failed"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - the name of an event
    MESSAGE_FAILED = "message_failed"
    INVOCATION_FAILED = "invocation_failed"
    PROCESS_DIED = "process_died"
    SERVE_STOPPED = "serve_stopped"
    QUEUE_UNREADABLE = "queue_unreadable"
    BUCKET_UNREADABLE = "bucket_unreadable"
    MAILDIR_UNREADABLE = "maildir_unreadable"
    INBOUND_REGISTRY_QUEUED = "inbound_registry_queued"
    LOOP_POSTPONED = "loop_postponed"
    LOOP_CRASHED = "loop_crashed"
    SCHEDULE_DONE = "schedule_done"
    SCHEDULE_LEASE_LOST = "schedule_lease_lost"
    SCHEDULE_GIVEN_UP = "schedule_given_up"
    ESIA_REFUSED = "esia_refused"
    USER_REGISTERED = "user_registered"
    ARCHIVE_CREATED = "archive_created"
    USER_DELETED = "user_deleted"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    STAFF_SIGNED_IN = "staff_signed_in"
    STAFF_SIGN_IN_FAILED = "staff_sign_in_failed"
    STAFF_CODE_REJECTED = "staff_code_rejected"
    STAFF_PASSKEY_FAILED = "staff_passkey_failed"
    STAFF_PASSKEY_COPIED = "staff_passkey_copied"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    EMAIL_CHANGED = "email_changed"
    EMAIL_SENT = "email_sent"
    EMAIL_SKIPPED = "email_skipped"
    EMAIL_POSTPONED = "email_postponed"
    EMAIL_REQUEST_INVALID = "email_request_invalid"
    EMAIL_DEAD = "email_dead"
    MAIL_SUSPENDED = "mail_suspended"
    WEBHOOK_DELIVERED = "webhook_delivered"
    WEBHOOK_POSTPONED = "webhook_postponed"
    WEBHOOK_REFUSED = "webhook_refused"
    WEBHOOK_DISABLED = "webhook_disabled"
    PUSH_SENT = "push_sent"
    PUSH_SKIPPED = "push_skipped"
    PUSH_POSTPONED = "push_postponed"
    PUSH_REFUSED = "push_refused"
    PUSH_GIVEN_UP = "push_given_up"
    ADDRESS_SUPPRESSED = "address_suppressed"
    MAIL_REPORT_IGNORED = "mail_report_ignored"
    FANOUT_STARTED = "fanout_started"
    FANOUT_PAGE = "fanout_page"
    FANOUT_DONE = "fanout_done"
    ORDER_TO_REVIEW = "order_to_review"
    ORDER_CHARGED_TWICE = "order_charged_twice"
    ORDER_POSTED = "order_posted"
    ORDER_RECONCILE_FAILED = "order_reconcile_failed"
    REFUND_STUCK = "refund_stuck"
    REFUND_REFUSED = "refund_refused"
    FISCAL_RECEIPT_FAILED = "fiscal_receipt_failed"
    # A bank failed to answer a question or refused it, or whether it has done an operation is unknown: it is
    # asked again later. So is the removal of a card that it refused.
    BANK_CALL_FAILED = "bank_call_failed"
    BANK_OUTAGE = "bank_outage"
    # The bank surely has not registered, charged or closed what it was to, and is not asked to again.
    BANK_OPERATION_FAILED = "bank_operation_failed"
    AUTOPAY_HELD = "autopay_held"
    AUTOPAY_POSTPONED = "autopay_postponed"
    CARD_UPDATE_RETRIED = "card_update_retried"
    CARD_STUCK = "card_stuck"
    CARD_UNREADABLE = "card_unreadable"
    CARD_REMOVED_AT_BANK = "card_removed_at_bank"
    CALLBACK_FORGED = "callback_forged"
    CALLBACK_UNMATCHED = "callback_unmatched"
    CALLBACK_WITHOUT_ORDER = "callback_without_order"
    REGISTRY_CHECKED = "registry_checked"
    REGISTRY_APPLIED = "registry_applied"
    REGISTRY_REFUSED = "registry_refused"
    REGISTRY_REQUEUED = "registry_requeued"
    REGISTRY_FAILED = "registry_failed"
    REGISTRY_UNDONE = "registry_undone"
    REGISTRY_UNDO_REFUSED = "registry_undo_refused"
    REGISTRY_DELIVERED = "registry_delivered"


def log_event(event: Event, **identifiers: str | int | bool | None) -> None:
    """Log that something happened, with identifiers only."""
    logger.info(event.value, extra=_with_correlation(identifiers))


def log_debug(event: Event, **identifiers: str | int | bool | None) -> None:
    """Log what is read only while somebody looks for the cause of something."""
    logger.debug(event.value, extra=_with_correlation(identifiers))


def log_error(event: Event, **identifiers: str | int | bool | None) -> None:
    """Log what a person must look at."""
    logger.error(event.value, extra=_with_correlation(identifiers))


def _with_correlation(identifiers: dict[str, str | int | bool | None]) -> dict[str, str | int | bool | None]:
    current = correlation_id()
    return identifiers | {"correlation_id": current} if current else identifiers
