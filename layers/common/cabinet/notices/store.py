"""Boards in storage: a small head, the recent notices in one item, and each notice for ever.

The head counts a board's notices and names its emergencies. That of an account's own board is in the
account's item too, which every screen reads anyway.

Publishing writes every shard of the board in one transaction.
"""

from collections.abc import Sequence

from cabinet.accounts.keys import account_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Item, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, ServiceUnavailable
from cabinet.fanout import FanoutJob, add_job
from cabinet.notices.boards import BoardState, board_state
from cabinet.notices.keys import head_key, notice_key, placement_key, recent_key
from cabinet.notices.model import Board, Emergency, Notice, Publication
from cabinet.notices.rules import emergencies_after, recent

_HAS_COUNT = "#count = :count"
_BOARD_UNCHANGED = f"{_HAS_COUNT} AND (attribute_not_exists(#edition) OR #edition = :edition)"
"""Neither a new notice nor a correction has come since the board was read."""
_REVISION_UNCHANGED = "attribute_exists(pk) AND (attribute_not_exists(#revision) OR #revision = :revision)"
_MAX_RETRIES = 12


class AlreadyPublished(Conflict):
    """A notice with this publication's identifier is posted already."""


def publish(board: Board, publication: Publication, job: FanoutJob | None = None) -> Notice:
    """Post a publication's notice on a board, all its shards at once, and return it.

    Parameters
    ----------
    job
        The fan-out of mails that follows; for the caller to dispatch after the commit.

    Raises
    ------
    AlreadyPublished
        The same publication is on this board already.
    """
    for _ in range(_MAX_RETRIES):
        state = recent_state(board)
        # Pages go by number and are merged by time, so a board's times never run backwards.
        newest = max((each.published_at for each in state.notices[:1]), default="")
        notice = notice_of(publication, state.count + 1)
        notice = notice.model_copy(update={"published_at": max(notice.published_at, newest)})
        transaction = _append_to_board(state, notice)
        if job is not None:
            add_job(transaction, job)
        try:
            transaction.commit()
        except AlreadyPublished:
            raise
        except Conflict:
            continue
        return notice
    raise ServiceUnavailable


def revise(board: Board, publication: Publication, job: FanoutJob | None = None) -> None:
    """Bring a board's copies of a notice to what the publication says now; an older state changes nothing.

    `job` is the fan-out of mails about the change; for the caller to dispatch after the commit.
    """
    placement = dynamo.get(Table.MESSAGES, placement_key(publication.publication_id, board), consistent=True)
    if placement is None:
        return None
    key = notice_key(board, placement["number"])
    for _ in range(_MAX_RETRIES):
        row = dynamo.get(Table.MESSAGES, key, consistent=True)
        existing = Notice.model_validate(row)
        if existing.revision >= publication.version:
            return None
        notice = notice_of(publication, existing.number)
        notice = notice.model_copy(update={"published_at": existing.published_at})
        state = recent_state(board)
        transaction = Transaction()
        stored = notice.model_dump(mode="json") | key_attributes(key)
        transaction.put(
            Table.MESSAGES,
            stored,
            condition=_REVISION_UNCHANGED,
            on_conflict=Conflict,
            revision=existing.revision,
        )
        shown = [notice if each.number == notice.number else each for each in state.notices]
        emergencies = _emergencies_after(state, notice)
        if shown != state.notices or emergencies != state.emergencies:
            _put_board(transaction, state, state.count, shown, emergencies)
        if job is not None:
            add_job(transaction, job)
        try:
            return transaction.commit()
        except Conflict:
            continue
    raise ServiceUnavailable


def notice_of(publication: Publication, number: int) -> Notice:
    """Return a publication as a board's notice."""
    shared = publication.model_dump(
        include={
            "title", "text", "published_at", "kind", "valid_from", "valid_until", "ended_at",
            "publication_id",
        }
    )  # fmt: skip
    return Notice(number=number, revision=publication.version, **shared)


def recent_state(board: Board) -> BoardState:
    """Return the board's latest notices, as they are to be changed."""
    return board_state(board, dynamo.get(Table.MESSAGES, recent_key(board), consistent=True))


def _append_to_board(state: BoardState, notice: Notice) -> Transaction:
    board = state.board
    transaction = Transaction()
    placement_pk, placement_sk = placement_key(notice.publication_id, board)
    placement = {"pk": placement_pk, "sk": placement_sk, "board": board.name, "number": notice.number}
    transaction.put(Table.MESSAGES, placement, condition=IS_ABSENT, on_conflict=AlreadyPublished)
    row = notice.model_dump(mode="json") | key_attributes(notice_key(board, notice.number))
    transaction.put(Table.MESSAGES, row, condition=IS_ABSENT, on_conflict=Conflict)
    emergencies = _emergencies_after(state, notice)
    _put_board(transaction, state, notice.number, recent(state.notices, notice), emergencies)
    return transaction


def _emergencies_after(state: BoardState, notice: Notice) -> tuple[Emergency, ...]:
    return tuple(emergencies_after(state.emergencies, notice, clock.timestamp(clock.now())))


def _put_board(
    transaction: Transaction,
    state: BoardState,
    count: int,
    notices: Sequence[Notice],
    emergencies: Sequence[Emergency],
) -> None:
    """Write all shards of a board's head and of what it shows first, if none has moved since it was read.

    Raises NotFound at the commit for the board of an account that is not there.
    """
    common = {"count": count, "emergencies": [each.model_dump() for each in emergencies]}
    shown = [each.model_dump(mode="json") for each in notices]
    seen: dict[str, object] = {"count": state.count, "edition": state.version}
    for shard in range(state.board.shards):
        head_pk, head_sk = head_key(state.board, shard)
        pk, sk = recent_key(state.board, shard)
        head: Item = {"pk": head_pk, "sk": head_sk, **common}
        item: Item = {"pk": pk, "sk": sk, **common, "edition": state.version + 1, "notices": shown}
        if not state.count:
            transaction.put(Table.MESSAGES, head, condition=IS_ABSENT, on_conflict=Conflict)
            transaction.put(Table.MESSAGES, item, condition=IS_ABSENT, on_conflict=Conflict)
            continue
        transaction.put(Table.MESSAGES, head, condition=_HAS_COUNT, on_conflict=Conflict, count=state.count)
        transaction.put(Table.MESSAGES, item, condition=_BOARD_UNCHANGED, on_conflict=Conflict, **seen)
    if state.board.account_id is not None:
        transaction.update(
            Table.ACCOUNTS, account_key(state.board.account_id), "SET #board = :board",
            condition=IS_PRESENT, on_conflict=NotFound, board=common,
        )  # fmt: skip
