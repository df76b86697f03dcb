"""Publications: what the staff hang by one command, found again to be listed, corrected and ended.

A publication's own row comes first and makes it one; then its boards, one after another. Whoever dies between
them is succeeded by the same command: it finds the row and hangs what does not hang yet.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress

from cabinet import fanout
from cabinet.accounts.model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Key, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound
from cabinet.fanout import AlreadyStarted
from cabinet.notices import store
from cabinet.notices.fanout import board_job
from cabinet.notices.keys import publication_key
from cabinet.notices.model import Publication, named_board
from cabinet.notices.store import AlreadyPublished

_VERSION_UNCHANGED = "attribute_exists(pk) AND #version = :seen"
_ID_LENGTH = 12


class Ended(Conflict):
    """409: the notice is over; nothing more is changed in it."""

    code = "notice_ended"
    title = "Уведомление завершено"
    detail = "Уведомление уже завершено. Опубликуйте новое."


def id_from(*content: str, turn: int = 1) -> str:
    """Return the identifier that follows from what is published and where; `turn` counts repeats."""
    hashed = hashlib.sha256("\x1f".join((*content, f"{turn}")).encode()).hexdigest()
    return hashed[:_ID_LENGTH]


def find(publication_id: str) -> Publication | None:
    """Return a publication as it stands."""
    row = dynamo.get(Table.MESSAGES, publication_key(publication_id), consistent=True)
    return None if row is None else Publication.model_validate(row)


def of_supplier(supplier_id: str) -> Iterator[Publication]:
    """Yield a supplier's publications, newest first."""
    partition = _list_key(supplier_id, "", "")[0]
    for row in dynamo.query_all(Table.MESSAGES, partition, newest_first=True):
        found = find(row["publication_id"])
        if found is not None:
            yield found


def publish(publication: Publication, supplier: Supplier) -> bool:
    """Hang a publication on all its boards and start its mails; return whether it is this call's.

    The same publication again hangs nothing twice, and finishes what another call has left undone.
    """
    is_new = _write(publication)
    existing = publication if is_new else find(publication.publication_id) or publication
    for name in existing.boards:
        board = named_board(name)
        job = board_job(existing, board, supplier)
        with suppress(AlreadyPublished, AlreadyStarted):
            store.publish(board, existing, job)
            fanout.dispatch(job)
    latest = find(existing.publication_id)
    if latest is not None and latest.version > 0:
        # Corrected while it was being hung: a board that came after the correction needs it too.
        _spread(latest)
    return is_new


def correct(
    publication: Publication,
    *,
    title: str | None = None,
    text: str | None = None,
    valid_until: str | None = None,
) -> Publication:
    """Change what a notice says, wherever it hangs; repeating it finishes what was left undone.

    Raises
    ------
    Ended
        It is over.
    Conflict
        Somebody else has changed it since it was read.
    """
    if publication.ended_at is not None:
        raise Ended
    changes = {"title": title, "text": text, "valid_until": valid_until}
    return _change(publication, {name: value for name, value in changes.items() if value is not None})


def end(publication: Publication) -> Publication:
    """Say that what a notice tells of is over («устранено»); an ended one stays as it is."""
    ended_at = publication.ended_at or clock.timestamp(clock.now())
    return _change(publication, {"ended_at": ended_at})


def _write(publication: Publication) -> bool:
    """Write the publication's row and its line in the supplier's list; False when they stand already."""
    pk, sk = publication_key(publication.publication_id)
    transaction = Transaction()
    transaction.put(
        Table.MESSAGES,
        publication.model_dump(mode="json") | {"pk": pk, "sk": sk},
        condition=IS_ABSENT,
        on_conflict=AlreadyPublished,
    )
    pk, sk = _list_key(publication.supplier_id, publication.published_at, publication.publication_id)
    line = {"pk": pk, "sk": sk, "publication_id": publication.publication_id}
    transaction.put(Table.MESSAGES, line, condition=IS_ABSENT, on_conflict=AlreadyPublished)
    try:
        transaction.commit()
    except AlreadyPublished:
        return False
    return True


def _change(publication: Publication, changes: dict[str, str]) -> Publication:
    changed = publication.model_copy(update=changes)
    if changed != publication:
        changed = Publication.model_validate(changed.model_dump() | {"version": publication.version + 1})
        pk, sk = publication_key(publication.publication_id)
        row = changed.model_dump(mode="json") | {"pk": pk, "sk": sk}
        try:
            dynamo.put(
                Table.MESSAGES,
                row,
                condition=_VERSION_UNCHANGED,
                on_conflict=Conflict,
                seen=publication.version,
            )
        except Conflict:
            # Ours, with the answer lost on the way, is no conflict.
            if find(publication.publication_id) != changed:
                raise
    _spread(changed)
    return changed


def _spread(publication: Publication) -> None:
    for name in publication.boards:
        store.revise(named_board(name), publication)


def numbered(supplier_id: str, publication_id: str) -> Publication:
    """Return a supplier's publication; raises NotFound."""
    found = find(publication_id)
    if found is None or found.supplier_id != supplier_id:
        raise NotFound
    return found


def _list_key(supplier_id: str, published_at: str, publication_id: str) -> Key:
    return f"PUBLICATIONS#{supplier_id}", f"{published_at}#{publication_id}"
