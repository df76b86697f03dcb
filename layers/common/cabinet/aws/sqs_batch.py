"""Batches of SQS messages: one that fails goes back to its queue alone, and the log says which, and where."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    ExceptionInfo,
    FailureResponse,
)

from cabinet.aws.failures import error_code, error_location
from cabinet.core.logging import Event, log_error


class SafeBatchProcessor(BatchProcessor):
    """Logs a failure by its class and place, never by its message, which may quote a person."""

    def __init__(self) -> None:
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def failure_handler(self, record: Any, exception: ExceptionInfo) -> FailureResponse:  # noqa: ANN401 - SQSRecord
        """Log the failure; the message is delivered again, and after the last try becomes a dead letter."""
        kind, error, steps = exception
        log_error(
            Event.MESSAGE_FAILED,
            error=kind.__name__ if kind else None,
            code=error_code(error) if error else None,
            place=error_location(steps),
            message_id=record.message_id,
        )
        return super().failure_handler(record, exception)
