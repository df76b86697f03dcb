"""Entry of `exports`: the schedule starts every supplier's registries, the queue carries them one by one."""

import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cabinet.accounts.store import all_suppliers, suppliers
from cabinet.aws import queues
from cabinet.aws.event_handler import event_handler
from cabinet.aws.queues import Queue
from cabinet.aws.sqs_batch import SafeBatchProcessor
from cabinet.core.logging import Event, log_event
from cabinet.exchange.exports.export_job import OutOfTime
from exports.delivery import KINDS, deliver

if TYPE_CHECKING:
    pass

_RESERVE_MS = 30_000

_processor = SafeBatchProcessor()


@event_handler
def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - Lambda's own
    """Tell the schedule from the queue."""
    if event.get("schedule") == "exports":
        tasks = [(what, supplier.supplier_id) for supplier in all_suppliers() for what in KINDS]
        for what, supplier_id in tasks:
            _enqueue(what, supplier_id)
        return {"registries_started": len(tasks)}

    def work(record: SQSRecord) -> None:
        task = json.loads(record.body)
        _export(task["what"], task["supplier_id"], context)

    return process_partial_response(event, work, _processor, context)


def _export(what: str, supplier_id: str, context: Any) -> None:  # noqa: ANN401 - Lambda's own
    """Deliver one kind of registry until nothing waits; what the time does not allow goes on in the next run.

    A registry that a run has left goes first, so one is not always all.
    """

    def has_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > _RESERVE_MS)

    supplier = suppliers([supplier_id]).get(supplier_id)
    if supplier is None:
        return
    try:
        while (done := deliver(what, supplier, has_time)) is not None:
            log_event(
                Event.REGISTRY_DELIVERED, what=what, supplier_id=supplier_id, number=done.registry.number
            )
    except OutOfTime:
        _enqueue(what, supplier_id)


def _enqueue(what: str, supplier_id: str) -> None:
    queues.send(Queue.EXPORTS, [{"what": what, "supplier_id": supplier_id}])
