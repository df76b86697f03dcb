"""What a row of notices means: where it is posted, whom it reaches, how long; or why it is rejected."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.cli.spreadsheet_rows import RowRejected

if TYPE_CHECKING:
    from cabinet.accounts.addresses import House
    from cabinet.accounts.supplier_model import Supplier
    from cabinet.notices.audience import Reach
    from cabinet.notices.model import NoticeKind, Publication

_TIME = re.compile(r"(?:(\d{4})-(\d\d)-(\d\d)|(\d\d)\.(\d\d)\.(\d{4}))(?:[ T](\d\d):(\d\d))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PlannedNotice:
    """One notice that can be published: where it is posted, whom it reaches, what was typed."""

    publication: Publication
    reach: Reach


def houses_needed(supplier: Supplier, rows: list[dict[str, str]]) -> list[House]:
    """Return the supplier's houses where a row names one; they are looked up once for all rows."""
    from cabinet.notices.audience import houses_with_accounts

    needed = any(row["street"] or row["house"] or row["city"] for row in rows)
    return houses_with_accounts(supplier.supplier_id) if needed else []


def plan_notice(
    supplier: Supplier, row: dict[str, str], houses: list[House], *, is_repeat: bool
) -> PlannedNotice:
    """Return what a row publishes; rejects the whole run before anything is posted."""
    from cabinet.core import clock
    from cabinet.notices.model import Publication
    from cabinet.notices.publications import derive_publication_id

    check_texts(row["title"], row["text"])
    kind = _kind(row["kind"])
    valid_from = parse_moment(row["from"], supplier, ends=False)
    valid_until = parse_moment(row["until"], supplier, ends=True)
    check_validity(valid_from, valid_until)
    where, boards, reach = _place(supplier, row, houses, kind)
    if not reach.accounts:
        raise RowRejected(f"у {supplier.supplier_id} ещё нет лицевых счетов: уведомление никто не увидит")
    content = (
        supplier.supplier_id, kind, row["title"], row["text"],
        valid_from or "", valid_until or "", *sorted(boards),
    )  # fmt: skip
    publication = Publication(
        publication_id="", supplier_id=supplier.supplier_id, where=where, boards=boards, kind=kind,
        title=row["title"], text=row["text"], published_at=clock.timestamp(clock.now()),
        valid_from=valid_from, valid_until=valid_until,
    )  # fmt: skip
    repeat = _repeat_number(content, publication.published_at, is_repeat=is_repeat)
    publication_id = derive_publication_id(*content, repeat=repeat)
    return PlannedNotice(publication.model_copy(update={"publication_id": publication_id}), reach)


def _repeat_number(content: tuple[str, ...], now: str, *, is_repeat: bool) -> int:
    """Return how often this has been published: a current one is found again, an ended one makes room."""
    from cabinet.notices.publications import derive_publication_id, find

    repeat = 1
    while (existing := find(derive_publication_id(*content, repeat=repeat))) is not None:
        if not is_repeat and not existing.is_over(now):
            break
        repeat += 1
    return repeat


def _place(
    supplier: Supplier, row: dict[str, str], houses: list[House], kind: NoticeKind
) -> tuple[str, list[str], Reach]:
    """Return where a row's notice is posted in words, the names of the boards, and whom it reaches."""
    from cabinet.accounts.addresses import AddressNotFound, find_houses
    from cabinet.notices import audience
    from cabinet.notices.model import account_board, supplier_board

    by_address = row["street"] or row["house"] or row.get("city")
    if row["ls"]:
        if by_address:
            typed = " ".join(filter(None, (row.get("city"), row["street"], row["house"])))
            message = f"указаны и счёт, и адрес «{typed}»: оставьте одно из двух"
            raise RowRejected(f"{message}. Если это часть текста, возьмите текст в кавычки", "ls")
        account_id = _account(supplier, row["ls"])
        reach = audience.count_account_reach(account_id, kind)
        return f"account {row['ls']}", [account_board(account_id).name], reach
    if not by_address:
        reach = audience.count_supplier_reach(supplier.supplier_id, kind)
        return "all", [supplier_board(supplier.supplier_id).name], reach
    try:
        chosen = find_houses(houses, row["street"], row["house"], row.get("city", ""))
    except AddressNotFound as error:
        _reject_date(row["house"])
        raise RowRejected(str(error), error.part) from None
    boards = [board.name for board in audience.boards_for_houses(chosen, houses)]
    reach = audience.count_houses_reach(supplier.supplier_id, chosen, kind)
    place = chosen[0].line if row["house"] else chosen[0].street if row["street"] else chosen[0].city
    where = place if row["house"] else f"{place}, {reach.houses} houses"
    return where, boards, reach


def _account(supplier: Supplier, typed: str) -> str:
    from cabinet.accounts.keys import account_key
    from cabinet.accounts.model import make_account_id
    from cabinet.accounts.rules import normalise_account_number
    from cabinet.aws import dynamo
    from cabinet.aws.dynamo import Table

    account_id = make_account_id(supplier.supplier_id, normalise_account_number(typed))
    row = dynamo.get(Table.ACCOUNTS, account_key(account_id))
    if row is None:
        _reject_spoiled(typed)
        raise RowRejected(f"счёта «{typed}» нет у поставщика {supplier.supplier_id}: проверьте номер", "ls")
    # The number is found however it is spelled; the board is named by the account's own spelling.
    return str(row["account_id"])


def _reject_spoiled(account: str) -> None:
    """Say of an account that is not found what a spreadsheet has made of its number."""
    from cabinet.exchange.formats.cell_parsers import BadCell, parse_account_number

    try:
        parse_account_number(account)
    except BadCell as error:
        raise RowRejected(error.with_field("ls", account).message, "ls") from None


def _reject_date(number: str) -> None:
    """Say of a house that is not found that a spreadsheet has made a date of its number."""
    from cabinet.exchange.formats.cell_parsers import BadCell, parse_number_as_text

    try:
        parse_number_as_text(40)(number)
    except BadCell as error:
        raise RowRejected(error.with_field("house", number).message, "house") from None


def _kind(typed: str) -> NoticeKind:
    from cabinet.notices.model import KIND_TITLES

    for kind in KIND_TITLES:
        if kind == (typed or "common"):
            return kind
    there = ", ".join(f"{kind} ({title})" for kind, title in KIND_TITLES.items())
    raise RowRejected(f"вида «{typed}» нет; есть: {there}", "kind")


def check_texts(title: str, text: str) -> None:
    """Refuse a notice without a title or text, or with one that is too long."""
    for column, name, typed, limit in (("title", "заголовок", title, 200), ("text", "текст", text, 4000)):
        if not typed:
            raise RowRejected(f"пустая ячейка: впишите {name} уведомления", column)
        if len(typed) > limit:
            raise RowRejected(f"{name} длиной {len(typed)} знаков: сократите до {limit}", column)


def parse_moment(typed: str | None, supplier: Supplier, *, ends: bool) -> str | None:
    """Return a typed day or time of the supplier's clock as ISO time in UTC; a mere day is taken whole."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from cabinet.core import clock

    if not typed:
        return None
    matched = _TIME.fullmatch(typed.strip())
    try:
        if matched is None:
            raise ValueError
        year, month, day, other_day, other_month, other_year, hour, minute = matched.groups()
        hour, minute = (hour, minute) if hour else (("23", "59") if ends else ("00", "00"))
        date = (year or other_year, month or other_month, day or other_day)
        moment = datetime(*map(int, (*date, hour, minute)), tzinfo=ZoneInfo(supplier.time_zone))  # type: ignore[arg-type,misc]
    except ValueError:
        said = f"времени «{typed}» нет в календаре" if matched else f"время «{typed}» не понято"
        message = f"{said}: напишите 26.11.2026 18:00 или 2026-11-26 18:00"
        raise RowRejected(message, "until" if ends else "from") from None
    return clock.timestamp(moment)


def check_validity(valid_from: str | None, valid_until: str | None) -> None:
    """Refuse a term that has passed or that ends before it begins."""
    from cabinet.core import clock

    if valid_until is None:
        return
    if valid_until <= clock.timestamp(clock.now()):
        raise RowRejected("срок уже прошёл: укажите время окончания в будущем или оставьте пустым", "until")
    if valid_from is not None and valid_until <= valid_from:
        raise RowRejected("конец не позже начала: проверьте from и until", "until")
