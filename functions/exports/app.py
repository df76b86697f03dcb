"""Entry of `exports`: the schedule starts suppliers' registries; its queue has them, webhooks, archives."""

import json
from contextlib import suppress
from typing import Any

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cabinet.accounts.store import all_suppliers, suppliers
from cabinet.aws import queues
from cabinet.aws.event_handler import event_handler
from cabinet.aws.queues import Queue
from cabinet.aws.sqs_batch import SafeBatchProcessor
from cabinet.core import clock
from cabinet.core.errors import NotFound
from cabinet.core.gauges import Gauges
from cabinet.core.logging import Event, log_event
from cabinet.core.remaining_time import HasTime
from cabinet.exchange.errors import OutOfTime
from cabinet.exchange.exports.kinds import KINDS
from cabinet.exchange.gis import requests as gis_requests
from cabinet.exchange.gis import worker as gis_worker
from cabinet.exchange.imports import job_store
from cabinet.own_data import archives
from cabinet.webhooks import events as webhook_events
from cabinet.webhooks.sweep import start_sweeps
from cabinet.webhooks.worker import Deliverer
from exports.delivery import deliver, deliver_for_desk

_RESERVE_MS = 30_000

_processor = SafeBatchProcessor()
gauges = Gauges("exports")


@event_handler
def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - Lambda's own
    """Tell the schedule from the queue."""
    if event.get("schedule") == "exports":
        suppliers_now = [supplier.supplier_id for supplier in all_suppliers()]
        tasks = [(kind, supplier_id) for supplier_id in suppliers_now for kind in KINDS]
        for kind, supplier_id in tasks:
            _enqueue(kind, supplier_id)
        _measure(suppliers_now)
        return {"registries_started": len(tasks)}

    def work(record: SQSRecord) -> None:
        task = json.loads(record.body)
        if task["what"] == webhook_events.TASK:
            _call_webhooks(task, context)
        elif task["what"] == archives.TASK:
            made = archives.make_archive(task["user_id"], task["archive_id"], clock.now())
            log_event(Event.ARCHIVE_CREATED, user_id=task["user_id"], made=made)
        elif task["what"] == gis_requests.TASK:
            gis_worker.fill_uploaded_template(task["supplier_id"], task["fill_id"], _has_time(context))
        elif "number" in task:
            _redeliver(task["what"], task["supplier_id"], int(task["number"]))
        else:
            _export(task["what"], task["supplier_id"], context)

    return process_partial_response(event, work, _processor, context)


def _call_webhooks(task: dict[str, str], context: Any) -> None:  # noqa: ANN401 - Lambda's own
    """Deliver one account's events, or what is due of a supplier; what the time does not allow is queued."""
    deliverer = Deliverer(lambda: context.get_remaining_time_in_millis() / 1000)
    if "account_id" in task:
        deliverer.deliver_for_account(task["account_id"])
    elif not deliverer.sweep(task["supplier_id"]):
        start_sweeps([task["supplier_id"]])


def _export(kind: str, supplier_id: str, context: Any) -> None:  # noqa: ANN401 - Lambda's own
    """Deliver a supplier's registries of one kind until none waits; when time is short, queue the rest.

    A registry that an earlier run left undelivered goes first, new rows in another after it: hence the loop.
    """
    supplier = suppliers([supplier_id]).get(supplier_id)
    if supplier is None:
        return
    try:
        while (done := deliver(kind, supplier, _has_time(context))) is not None:
            log_event(
                Event.REGISTRY_DELIVERED, what=kind, supplier_id=supplier_id, number=done.registry.number
            )
    except OutOfTime:
        _enqueue(kind, supplier_id)


def _has_time(context: Any) -> HasTime:  # noqa: ANN401 - Lambda's own
    """Return a function that tells whether the worker may continue."""
    return lambda: bool(context.get_remaining_time_in_millis() > _RESERVE_MS)


def _redeliver(kind: str, supplier_id: str, number: int) -> None:
    """Deliver one registry once more, as somebody at the desk has asked."""
    supplier = suppliers([supplier_id]).get(supplier_id)
    with suppress(NotFound):
        if supplier is not None:
            deliver_for_desk(kind, supplier, number)


def _measure(supplier_ids: list[str]) -> None:
    """Report the longest time without a registry among the suppliers."""
    ages = [job_store.days_since_applied(supplier_id, clock.now()) for supplier_id in supplier_ids]
    oldest = max((age for age in ages if age is not None), default=0)
    gauges.record(OldestRegistryDays=oldest)


def _enqueue(kind: str, supplier_id: str) -> None:
    queues.send(Queue.BACKGROUND_TASKS, [{"what": kind, "supplier_id": supplier_id}])
