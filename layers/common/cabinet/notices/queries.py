"""What one subscriber reads: all boards of all accounts merged by time, and how much of it is new.

One batch whatever the number of accounts; older pages are found by number, so history costs nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from cabinet.accounts.holders import needs_surname
from cabinet.accounts.keys import account_key, supplier_key
from cabinet.accounts.model import Account
from cabinet.accounts.new_holder_rules import history_start_for
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Key, Table
from cabinet.core.errors import Conflict, NotFound, ServiceUnavailable
from cabinet.core.identifiers import supplier_part
from cabinet.notices.boards import BOARDS_AT_ONCE, BoardState, board_state, parse_marks, save_marks
from cabinet.notices.keys import head_key, notice_key, reader_key, recent_key
from cabinet.notices.model import Board, Emergency, Notice, ReadMarks, account_board
from cabinet.notices.rules import boards_for_binding, is_read, mark_as_read, newly_read, unread

PAGE_SIZE = 20
_BATCH = 78
"""Notices read for one older page; with the reader's marks and 20 accounts they fit into one batch."""
_MAX_RETRIES = 8


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as its reader sees it."""

    notice_id: str
    account_id: str
    notice: Notice
    is_read: bool


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """A current emergency, and the account that it is shown under."""

    notice_id: str
    account_id: str
    emergency: Emergency


type Positions = dict[str, list[int]]
"""For each board with older notices: the lowest number shown so far, and how many there were at first; then,
where the reader came after another holder, how many were posted before."""


@dataclass(frozen=True, slots=True)
class NoticePage:
    """One page, newest first, and where the next one begins; None at the end."""

    items: list[NoticeView]
    positions: Positions | None


def unread_count_keys(user_id: str, bindings: Sequence[Item]) -> list[tuple[Table, Key]]:
    """Return what `unread_count` must be given, so that the caller can read it in a batch of its own.

    The heads of accounts' own boards come with the accounts, which are last.
    """
    heads = [head_key(board, board.shard_for(user_id)) for board in _shared_boards(bindings)]
    suppliers = [(Table.ACCOUNTS, supplier_key(each)) for each in _supplier_ids(bindings)]
    return [
        (Table.MESSAGES, reader_key(user_id)),
        *((Table.MESSAGES, key) for key in heads),
        *suppliers,
        *_account_reads(bindings),
    ]


def unread_count(bindings: Sequence[Item], rows: Sequence[Item | None]) -> int:
    """Return the badge's number from the rows of `unread_count_keys`, in their order."""
    marks = _mark_hidden_as_read(parse_marks(rows[0]), _hidden_counts(bindings, rows))
    return sum(
        unread(state.count, marks.get(state.board.code, ReadMarks()))
        for state, _ in _shown_heads(bindings, rows)
    )


def current_emergencies(
    bindings: Sequence[Item], rows: Sequence[Item | None], moment: str
) -> list[EmergencyView]:
    """Return the emergencies in force at `moment` (ISO time, UTC), from the rows of `unread_count_keys`."""
    return [
        EmergencyView(f"{state.board.code}-{emergency.number}", owner, emergency)
        for state, owner in _shown_heads(bindings, rows)
        for emergency in state.emergencies
        if emergency.is_active(moment)
    ]


def _shown_heads(bindings: Sequence[Item], rows: Sequence[Item | None]) -> Iterator[tuple[BoardState, str]]:
    """Yield the boards of suppliers that offer notices, with the account that each is shown under."""
    shared = _shared_boards(bindings)
    accounts = rows[len(rows) - len(bindings) :]
    offering = _suppliers_with_notices(rows[1 + len(shared) : len(rows) - len(bindings)])
    owners = _accounts_by_board(current_bindings(bindings, rows))
    heads = dict(zip((board.code for board in shared), rows[1 : 1 + len(shared)], strict=True))
    heads |= {
        account_board(binding["account_id"]).code: (row or {}).get("board")
        for binding, row in zip(bindings, accounts, strict=True)
    }
    for code, board in _boards(bindings).items():
        if code in owners and supplier_part(owners[code]) in offering:
            yield board_state(board, heads[code]), owners[code]


def _shared_boards(bindings: Sequence[Item]) -> list[Board]:
    return [board for board in _boards(bindings).values() if board.account_id is None]


def first_page(user_id: str, bindings: Sequence[Item]) -> NoticePage:
    """Return the newest notices; `bindings` in the order in which accounts are named (the primary first)."""
    bindings, rows = read_with_current_houses(bindings, lambda each: _first_reads(user_id, each))
    boards = list(_boards(bindings).values())
    offering = _suppliers_with_notices(rows[1 + len(boards) : len(rows) - len(bindings)])
    owners = _accounts_by_board(current_bindings(bindings, rows))
    states = [
        board_state(board, row)
        for board, row in zip(boards, rows[1 : 1 + len(boards)], strict=True)
        if board.code in owners and supplier_part(owners[board.code]) in offering
    ]
    found = {state.board.code: state.notices for state in states}
    positions = {state.board.code: [state.count + 1, state.count] for state in states if state.count}
    hidden = _hidden_counts(bindings, rows)
    for code in hidden.keys() & found.keys():
        found[code] = [notice for notice in found[code] if notice.number > hidden[code]]
        positions[code].append(hidden[code])
    return _merge(found, _unfinished(positions), parse_marks(rows[0]), owners)


def next_page(user_id: str, bindings: Sequence[Item], positions: Positions) -> NoticePage:
    """Return the page that follows; boards of accounts unbound meanwhile are passed over."""
    bindings, (marks_row, *rows) = read_with_current_houses(
        bindings,
        lambda each: [
            (Table.MESSAGES, reader_key(user_id)),
            *((Table.MESSAGES, key) for _, key in _older(each, positions)),
            *_account_reads(each),
        ],
    )
    wanted = _older(bindings, positions)
    owners = _accounts_by_board(current_bindings(bindings, rows))
    left = {code: at for code, at in _unfinished(positions).items() if code in owners}
    found: dict[str, list[Notice]] = {code: [] for code in left}
    for (code, _), row in zip(wanted, rows, strict=False):
        if row is not None and code in found:
            found[code].append(Notice.model_validate(row))
    return _merge(found, left, parse_marks(marks_row), owners)


def mark_read(user_id: str, bindings: Sequence[Item], notice_id: str) -> None:
    """Mark one notice read; raises NotFound if it is on none of the reader's boards."""
    code, _, number = notice_id.partition("-")
    board = _boards(bindings).get(code) or _boards(_with_current_houses(bindings)).get(code)
    if board is None or not (number.isascii() and number.isdigit() and len(number) <= 8):
        raise NotFound

    def change(marks: dict[str, ReadMarks], counts: Mapping[str, int]) -> dict[str, ReadMarks]:
        if not 1 <= int(number) <= counts[code]:
            raise NotFound
        return marks | {code: mark_as_read(int(number), counts[code], marks.get(code, ReadMarks()))}

    _change_marks(user_id, [board], change)


def mark_all_read(user_id: str, bindings: Sequence[Item]) -> None:
    """Mark every posted notice as read."""

    def change(marks: dict[str, ReadMarks], counts: Mapping[str, int]) -> dict[str, ReadMarks]:
        return marks | {code: ReadMarks(upto=count) for code, count in counts.items() if count}

    boards = _boards(_with_current_houses(bindings)).values()
    for group in batched(boards, BOARDS_AT_ONCE, strict=False):
        _change_marks(user_id, group, change)


def _change_marks(user_id: str, boards: Sequence[Board], change: Any) -> None:  # noqa: ANN401 - see above
    keys = [head_key(board, board.shard_for(user_id)) for board in boards]
    for _ in range(_MAX_RETRIES):
        row, *heads = dynamo.batch_get(
            [(Table.MESSAGES, reader_key(user_id)), *((Table.MESSAGES, key) for key in keys)], consistent=True
        )
        counts = {
            board.code: board_state(board, head).count for board, head in zip(boards, heads, strict=True)
        }
        marks = parse_marks(row)
        changed = change(marks, counts)
        if changed == marks:
            return
        read = {
            board: newly_read(counts[board.code], marks.get(board.code, ReadMarks()), changed[board.code])
            for board in boards
            if board.code in changed
        }
        try:
            save_marks(user_id, row, changed, read)
        except Conflict:
            continue
        return
    raise ServiceUnavailable


def _merge(
    found: Mapping[str, Sequence[Notice]],
    positions: Positions,
    marks: Mapping[str, ReadMarks],
    owners: Mapping[str, str],
) -> NoticePage:
    """Take the newest of all boards; stop where a board's notices at hand end before the board does."""
    queue = sorted(
        ((notice.published_at, code, notice) for code, notices in found.items() for notice in notices),
        key=lambda each: (each[0], each[1], each[2].number),
        reverse=True,
    )
    at_hand = {code: len(notices) for code, notices in found.items()}
    left = {code: list(at) for code, at in positions.items()}
    items: list[NoticeView] = []
    for _, code, notice in queue[:PAGE_SIZE]:
        count = left[code][1]
        items.append(
            NoticeView(
                f"{code}-{notice.number}",
                owners[code],
                notice,
                is_read(notice.number, count, marks.get(code, ReadMarks())),
            )
        )
        left[code][0] = notice.number
        at_hand[code] -= 1
        if not at_hand[code] and notice.number > _first_shown(left[code]):
            break
    more = _unfinished(left)
    return NoticePage(items, more if items and more else None)


def batch_get_all(reads: Sequence[tuple[Table, Key]]) -> list[Item | None]:
    """Read in one batch, or in two where many accounts of many suppliers need more than one holds."""
    return [
        row for part in batched(reads, dynamo.BATCH_LIMIT, strict=False) for row in dynamo.batch_get(part)
    ]


def read_with_current_houses(
    bindings: Sequence[Item], reads: Callable[[Sequence[Item]], list[tuple[Table, Key]]]
) -> tuple[list[Item], list[Item | None]]:
    """Read what `reads` names for the bindings; return them with present houses, and the rows.

    A binding keeps the house that its account had when it was bound. The reads end with the accounts, so one
    that has been renumbered since shows itself there, and costs a second batch.
    """
    rows = batch_get_all(reads(bindings))
    updated = _with_houses(bindings, rows)
    return (updated, rows) if updated == list(bindings) else (updated, batch_get_all(reads(updated)))


def _with_current_houses(bindings: Sequence[Item]) -> list[Item]:
    return _with_houses(bindings, batch_get_all(_account_reads(bindings)))


def _with_houses(bindings: Sequence[Item], rows: Sequence[Item | None]) -> list[Item]:
    """Return the bindings with the houses of the accounts with which `rows` end."""
    return [
        {**binding, "house_key": row["house_key"]} if row and row.get("house_key") else binding
        for binding, row in zip(bindings, rows[len(rows) - len(bindings) :], strict=True)
    ]


def _first_reads(user_id: str, bindings: Sequence[Item]) -> list[tuple[Table, Key]]:
    boards = _boards(bindings).values()
    return [
        (Table.MESSAGES, reader_key(user_id)),
        *((Table.MESSAGES, recent_key(board, board.shard_for(user_id))) for board in boards),
        *((Table.ACCOUNTS, supplier_key(each)) for each in _supplier_ids(bindings)),
        *_account_reads(bindings),
    ]


def _older(bindings: Sequence[Item], positions: Positions) -> list[tuple[str, Key]]:
    """Return boards' codes and keys of the notices that may come on the next page."""
    boards = _boards(bindings)
    left = {code: at for code, at in _unfinished(positions).items() if code in boards}
    each = max(1, min(PAGE_SIZE, _BATCH // max(1, len(left))))
    return [
        (code, notice_key(boards[code], number))
        for code, at in left.items()
        for number in range(at[0] - 1, max(_first_shown(at) - 1, at[0] - 1 - each), -1)
    ]


def _unfinished(positions: Positions) -> Positions:
    """Return the positions of the boards that have older notices to show."""
    return {code: at for code, at in positions.items() if at[0] > _first_shown(at)}


def _first_shown(position: Sequence[int]) -> int:
    """Return the number of the board's first notice that its reader may see."""
    return position[2] + 1 if len(position) > 2 else 1


def _hidden_counts(bindings: Sequence[Item], rows: Sequence[Item | None]) -> dict[str, int]:
    """Return by account's own board how many notices were posted before the reader, the new holder, came.

    `rows` end with the suppliers and the accounts, in the order of `bindings`.
    """
    suppliers = {
        row["supplier_id"]: row for row in rows if row is not None and row.get("sk") == supplier_key("")[1]
    }
    hidden = {}
    for binding, row in zip(bindings, rows[len(rows) - len(bindings) :], strict=True):
        if row is None or row.get("holder_since") is None or row["supplier_id"] not in suppliers:
            continue
        supplier = Supplier.model_validate(suppliers[row["supplier_id"]])
        start = history_start_for(binding, Account.model_validate(row), supplier)
        if start is not None and start.notices:
            hidden[account_board(binding["account_id"]).code] = start.notices
    return hidden


def _mark_hidden_as_read(marks: Mapping[str, ReadMarks], hidden: Mapping[str, int]) -> dict[str, ReadMarks]:
    """Return the marks with what is not shown counted as read."""
    known = {code: marks.get(code, ReadMarks()) for code in hidden}
    risen = {
        code: ReadMarks(upto=max(each.upto, hidden[code]), single=each.single) for code, each in known.items()
    }
    return {**marks, **risen}


def _account_reads(bindings: Sequence[Item]) -> list[tuple[Table, Key]]:
    return [(Table.ACCOUNTS, account_key(binding["account_id"])) for binding in bindings]


def current_bindings(bindings: Sequence[Item], rows: Sequence[Item | None]) -> list[Item]:
    """Return the bindings to their accounts' current holders: others are sent nothing.

    `rows` end with the accounts, in the order of `bindings`, as `unread_count_keys` asks for them.
    """
    return [
        binding
        for binding, row in zip(bindings, rows[len(rows) - len(bindings) :], strict=True)
        if row is None or not needs_surname(binding, Account.model_validate(row))
    ]


def _boards(bindings: Sequence[Item]) -> dict[str, Board]:
    return {board.code: board for binding in bindings for board in boards_for_binding(binding)}


def _accounts_by_board(bindings: Sequence[Item]) -> dict[str, str]:
    """Return for each board the account that it is shown under: the first one that reads it."""
    owners: dict[str, str] = {}
    for binding in bindings:
        for board in boards_for_binding(binding):
            owners.setdefault(board.code, binding["account_id"])
    return owners


def _supplier_ids(bindings: Sequence[Item]) -> list[str]:
    return list(dict.fromkeys(supplier_part(binding["account_id"]) for binding in bindings))


def _suppliers_with_notices(rows: Sequence[Item | None]) -> set[str]:
    suppliers = [Supplier.model_validate(row) for row in rows if row is not None]
    return {supplier.supplier_id for supplier in suppliers if supplier.offers("notices")}
