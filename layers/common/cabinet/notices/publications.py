"""Publications: what the staff publish at once, found again to be listed, corrected and ended.

A publication's own row is written first; then its boards, one after another. After a crash in between, the
same command or the schedule finishes it: a row lists what is unfinished.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from cabinet import fanout
from cabinet.accounts.store import suppliers
from cabinet.accounts.supplier_model import Supplier
from cabinet.audit.store import AddAuditRow
from cabinet.aws import dynamo, queues
from cabinet.aws.dynamo import IS_ABSENT, Item, Page, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound
from cabinet.fanout import AlreadyStarted, FanoutJob
from cabinet.notices import store
from cabinet.notices.fanout import mail_end_job, mail_notice_job
from cabinet.notices.keys import publication_key, supplier_list_key, unfinished_key
from cabinet.notices.model import Publication, named_board
from cabinet.notices.store import AlreadyPublished

PAGE_SIZE = 20
_VERSION_UNCHANGED = "attribute_exists(pk) AND #version = :seen"
_IS_OLDER = "attribute_not_exists(pk) OR #version < :version"
_IS_THIS = "#version = :version"
_ID_LENGTH = 12


class NoticeEnded(Conflict):
    """409: the notice is over; nothing more is changed in it."""

    code = "notice_ended"
    title = "Уведомление завершено"
    detail = "Уведомление уже завершено. Опубликуйте новое."


def derive_publication_id(*content: str, repeat: int = 1) -> str:
    """Return the identifier of what is published and where; `repeat` tells equal ones apart."""
    hashed = hashlib.sha256("\x1f".join((*content, f"{repeat}")).encode()).hexdigest()
    return hashed[:_ID_LENGTH]


def find(publication_id: str) -> Publication | None:
    """Return a publication."""
    row = dynamo.get(Table.MESSAGES, publication_key(publication_id), consistent=True)
    return None if row is None else Publication.model_validate(row)


def require_publication(supplier_id: str, publication_id: str) -> Publication:
    """Return a supplier's publication; raises NotFound."""
    found = find(publication_id)
    if found is None or found.supplier_id != supplier_id:
        raise NotFound
    return found


def list_by_supplier(supplier_id: str) -> Iterator[Publication]:
    """Yield a supplier's publications, newest first."""
    after: Item | None = None
    while True:
        found, after = page_by_supplier(supplier_id, after)
        yield from found
        if after is None:
            return


def page_by_supplier(supplier_id: str, after: Item | None) -> tuple[list[Publication], Item | None]:
    """Return a page of a supplier's publications, newest first, and where the next one begins."""
    partition = supplier_list_key(supplier_id, "", "")[0]
    page: Page = dynamo.query(
        Table.MESSAGES, partition, after=after, limit=PAGE_SIZE, newest_first=True, consistent=True
    )
    rows = dynamo.batch_get(
        [(Table.MESSAGES, publication_key(row["publication_id"])) for row in page.items], consistent=True
    )
    return [Publication.model_validate(row) for row in rows if row is not None], page.next_key


def publish(publication: Publication, supplier: Supplier, add_audit_row: AddAuditRow | None = None) -> bool:
    """Post a publication on all its boards and start its mails; return whether this call created it.

    The same publication again posts nothing twice, and finishes what another call has left undone.
    """
    is_new = _write(publication, add_audit_row)
    existing = publication if is_new else find(publication.publication_id) or publication
    _finish(existing, supplier)
    return is_new


def correct(
    publication: Publication,
    *,
    title: str | None = None,
    text: str | None = None,
    valid_until: str | None = None,
    add_audit_row: AddAuditRow | None = None,
) -> Publication:
    """Change a notice's text on all its boards; repeating it finishes what was left undone.

    Raises
    ------
    NoticeEnded
        It is over.
    Conflict
        Somebody else has changed it since it was read.
    """
    if publication.ended_at is not None:
        raise NoticeEnded
    changes = {"title": title, "text": text, "valid_until": valid_until}
    wanted = {name: value for name, value in changes.items() if value is not None}
    return _change(publication, wanted, add_audit_row)


def end(publication: Publication, add_audit_row: AddAuditRow | None = None) -> Publication:
    """End a notice whose event is over («устранено»); an ended one stays as it is.

    Everyone who was mailed about an emergency is mailed about its end. Raises Conflict.
    """
    ended_at = publication.ended_at or clock.timestamp(clock.now())
    return _change(publication, {"ended_at": ended_at}, add_audit_row)


def finish_interrupted() -> int:
    """Finish publications, corrections and endings that a crash interrupted; return how many."""
    left = [row["sk"] for row in dynamo.query_all(Table.MESSAGES, unfinished_key("")[0])]
    for publication_id in left:
        publication = find(publication_id)
        if publication is not None:
            _finish(publication, suppliers([publication.supplier_id])[publication.supplier_id])
    return len(left)


def _finish(publication: Publication, supplier: Supplier) -> None:
    """Update every board to the publication's current version, and start the mails. Idempotent."""
    for name in publication.boards:
        board = named_board(name)
        job = mail_notice_job(publication, board, supplier) if publication.is_mailed else None
        with suppress(AlreadyPublished, AlreadyStarted):
            store.publish(board, publication, job)
            _dispatch(job)
    latest = find(publication.publication_id) or publication
    if latest.version > 0:
        # Also if it was corrected while it was being posted: the boards posted before need the correction.
        _update_boards(latest, supplier)
    with suppress(Conflict):
        dynamo.delete(
            Table.MESSAGES, unfinished_key(latest.publication_id),
            condition=_IS_THIS, on_conflict=Conflict, version=latest.version,
        )  # fmt: skip


def _dispatch(job: FanoutJob | None) -> None:
    # The job is open until it is done: the schedule sends what a queue out of order has not taken.
    if job is not None:
        with suppress(BotoCoreError, ClientError, queues.NotQueued):
            fanout.dispatch(job)


def _write(publication: Publication, add_audit_row: AddAuditRow | None) -> bool:
    """Write the publication's row and its line in the supplier's list; False if they exist already."""
    transaction = Transaction()
    transaction.put(
        Table.MESSAGES,
        publication.model_dump(mode="json") | key_attributes(publication_key(publication.publication_id)),
        condition=IS_ABSENT,
        on_conflict=AlreadyPublished,
    )
    pk, sk = supplier_list_key(publication.supplier_id, publication.published_at, publication.publication_id)
    line = {"pk": pk, "sk": sk, "publication_id": publication.publication_id}
    transaction.put(Table.MESSAGES, line, condition=IS_ABSENT, on_conflict=AlreadyPublished)
    _mark_unfinished(transaction, publication)
    if add_audit_row is not None:
        add_audit_row(transaction)
    try:
        transaction.commit()
    except AlreadyPublished:
        return False
    return True


def _change(
    publication: Publication, changes: dict[str, str], add_audit_row: AddAuditRow | None
) -> Publication:
    changed = publication.model_copy(update=changes)
    if changed != publication:
        changed = Publication.model_validate(changed.model_dump() | {"version": publication.version + 1})
        pk, sk = publication_key(publication.publication_id)
        transaction = Transaction()
        transaction.put(
            Table.MESSAGES, changed.model_dump(mode="json") | {"pk": pk, "sk": sk},
            condition=_VERSION_UNCHANGED, on_conflict=Conflict, seen=publication.version,
        )  # fmt: skip
        _mark_unfinished(transaction, changed)
        if add_audit_row is not None:
            add_audit_row(transaction)
        transaction.commit()
    _finish(changed, suppliers([changed.supplier_id])[changed.supplier_id])
    return changed


def _mark_unfinished(transaction: Transaction, publication: Publication) -> None:
    row = {**key_attributes(unfinished_key(publication.publication_id)), "version": publication.version}
    transaction.put(
        Table.MESSAGES, row, condition=_IS_OLDER, on_conflict=Conflict, version=publication.version
    )


def _update_boards(publication: Publication, supplier: Supplier) -> None:
    is_notified = publication.kind == "emergency" and publication.ended_at is not None
    for name in publication.boards:
        board = named_board(name)
        job = mail_end_job(publication, board, supplier) if is_notified else None
        store.revise(board, publication, job)
        _dispatch(job)
