"""What is wrong among an account's rows when they are seen together: twice, too many, not adding up. Pure."""

from collections.abc import Iterator
from typing import Any

from cabinet.accounts.gis_number_rules import (
    document_matches_account,
    document_matches_period,
    izhku_matches_els,
)
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.amounts_due import add_overpayment, compare_total
from cabinet.billing.line_rules import names_penalty
from cabinet.core.money import format_rubles
from cabinet.exchange.imports.account_update import Data
from cabinet.exchange.imports.merge_rules import make_meter_id
from cabinet.exchange.imports.receipt_rules import receipt_kind_code
from cabinet.exchange.model import AccountRows, Issue, Location, SectionName
from cabinet.metering.model import ZONES

MAX_SERVICE_LINES, MAX_CHARGE_LINES = 200, 400
"""A receipt is one item of the table and must stay well under its limit of 400 KB."""
MAX_ROWS_OF_ACCOUNT = 20_000
"""One account is held in memory whole."""
_SPELLED_ALIKE = "русские и латинские, большие и малые буквы не различаются"


def find_issues(rows: AccountRows, format_name: str) -> Iterator[Issue]:
    """Yield what only shows when an account's rows are seen together, at the later row."""
    if sum(len(found) for found in rows.rows.values()) > MAX_ROWS_OF_ACCOUNT:
        location = next(iter(rows.rows.values()))[0][0]
        yield Issue(location, "ls", "too_many_rows", f"У счёта {rows.spelling} слишком много строк.")
        return
    if format_name == "native":  # a bank's registry repeats the person for each service
        yield from _duplicates(rows, "accounts", lambda row: "")
    for location, row in rows.with_location("accounts"):
        yield from _gis_numbers(location, row)
    yield from _gis_documents(rows)
    yield from _duplicates(rows, "balances", lambda row: (row["period"], receipt_kind_code(row["receipt"])))
    yield from _duplicates(rows, "meters", lambda row: make_meter_id(row["meter_no"]))
    yield from _too_many(rows, "services", MAX_SERVICE_LINES)
    yield from _too_many(rows, "charges", MAX_CHARGE_LINES)
    yield from _zones(rows)
    for location, row in rows.with_location("balances"):
        yield from _totals(location, row)
    for location, row in rows.with_location("services"):
        if "debt" in row:
            yield from _line_total(location, row)


def _gis_numbers(location: Location, row: Data) -> Iterator[Issue]:
    els, izhku = row.get("els", ""), row.get("izhku", "")
    if izhku and not izhku_matches_els(izhku, els):
        message = f"ИЖКУ {izhku} — не этого ЕЛС {els}: исправьте тот из них, который ошибочен."
        yield Issue(location, "izhku", "gis_number", message)


def _gis_documents(rows: AccountRows) -> Iterator[Issue]:
    """Payment documents of another account, of two receipts, of another month: money would go astray."""
    account: Data = next(iter(rows.of("accounts")), {})
    els, izhku = account.get("els", ""), account.get("izhku", "")
    seen: dict[str, Location] = {}
    for location, row in rows.with_location("balances"):
        document = row.get("pd", "")
        if not document:
            continue
        first = seen.setdefault(document, location)
        if not document_matches_account(document, els, izhku):
            message = f"Документ {document} — не этого лицевого счёта ({izhku or els}): исправьте номер."
            yield Issue(location, "pd", "gis_number", message)
        elif first is not location:
            message = f"Номер {document} стоит и у другой квитанции, строка {first}: у каждой он свой."
            yield Issue(location, "pd", "gis_number", message)
        elif not document_matches_period(document, row["period"]):
            message = f"Последние цифры номера {document} — не за {row['period']}: проверьте строку."
            yield Issue(location, "pd", "gis_document_period", message, "warning")


def money_issues(rows: AccountRows, supplier: Supplier) -> Iterator[Issue]:
    """Yield where money would go astray: a payee that is not the supplier's, services that do not add up."""
    known = {payee.inn for payee in supplier.payees} | {""}
    for location, row in rows.with_location("services"):
        if row["payee_inn"] not in known:
            message = (
                f"Получателя с ИНН {row['payee_inn']} нет среди получателей поставщика: исправьте ИНН "
                "или добавьте получателя в настройки поставщика (payees). Пока лицевой счёт не загружается."
            )
            yield Issue(location, "payee_inn", "payee_unknown", message)
    yield from _services_differ(rows, supplier)


def _services_differ(rows: AccountRows, supplier: Supplier) -> Iterator[Issue]:
    if not rows.of("balances"):
        return
    listed: dict[tuple[str, str], list[tuple[int, bool]]] = {}
    for row in rows.of("services"):
        given = row.get("penalty")
        is_penalty = names_penalty(supplier, row["service"]) if given is None else given
        key = row["period"], receipt_kind_code(row["receipt"])
        amount = add_overpayment(row["total"], row["debt"] + row["paid"] + row["charged"])
        listed.setdefault(key, []).append((amount, is_penalty))
    for location, row in rows.with_location("balances"):
        services = listed.get((row["period"], receipt_kind_code(row["receipt"])))
        if services is None:
            continue
        total, penalty = row["total"] + row["penalty_total"], row["penalty_total"]
        added_up, unexplained = compare_total(total, penalty, services)
        if unexplained:
            message = (
                f"Итог квитанции с пенями {format_rubles(total)}, а услуги в сумме "
                f"{format_rubles(added_up)}: разница {format_rubles(unexplained)}. "
                f"К оплате будет {format_rubles(max(total, 0))}"
                + (", разница — отдельной строкой." if unexplained > 0 else ", строки услуг уменьшены.")
            )
            yield Issue(location, "total", "services_differ", message, "warning")


def _duplicates(rows: AccountRows, section: SectionName, key: Any) -> Iterator[Issue]:  # noqa: ANN401 - row → key
    seen: dict[object, tuple[Location, str]] = {}
    for location, row in rows.with_location(section):
        first, spelling = seen.setdefault(key(row), (location, row["ls"]))
        if first is not location:
            message = f"Вторая такая строка для счёта {row['ls']}, первая — строка {first}: оставьте одну."
            if "meter_no" in row:
                message += f" Прибор {row['meter_no']}."
            elif "receipt" in row:
                message += f" Квитанция «{row['receipt']}» за {row['period']}."
            if row["ls"] != spelling:
                message += f" Там счёт написан «{spelling}»: {_SPELLED_ALIKE}."
            yield Issue(location, "ls", "duplicate", message)


def _too_many(rows: AccountRows, section: SectionName, limit: int) -> Iterator[Issue]:
    counted: dict[tuple[str, str], int] = {}
    for location, row in rows.with_location(section):
        key = row["period"], receipt_kind_code(row["receipt"])
        counted[key] = counted.get(key, 0) + 1
        if counted[key] == limit + 1:
            yield Issue(location, "receipt", "too_many_lines", f"В квитанции больше {limit} строк.")


def _zones(rows: AccountRows) -> Iterator[Issue]:
    zones = {make_meter_id(row["meter_no"]): row["zones"] or 1 for row in rows.of("meters")}
    for location, row in rows.with_location("readings"):
        known = zones.get(make_meter_id(row["meter_no"]))
        if known is not None and row["zone"] not in ZONES[:known]:
            yield Issue(location, "zone", "zone", f"У прибора {row['meter_no']} нет зоны {row['zone']}.")


def _totals(location: Location, row: Data) -> Iterator[Issue]:
    for prefix in ("", "penalty_"):
        expected = row[f"{prefix}debt"] + row[f"{prefix}paid"] + row[f"{prefix}charged"]
        yield from _mismatch_issue(location, f"{prefix}total", row[f"{prefix}total"], expected)


def _line_total(location: Location, row: Data) -> Iterator[Issue]:
    expected = row["debt"] + row["paid"] + row["charged"]
    # A line never asks for less than zero, so an overpaid line's 0,00 is no difference.
    if row["total"] != max(0, expected):
        yield from _mismatch_issue(location, "total", row["total"], expected)


def _mismatch_issue(location: Location, name: str, total: int, expected: int) -> Iterator[Issue]:
    if total != expected:
        message = (
            f"Итог {format_rubles(total)}, а долг + оплачено + начислено = {format_rubles(expected)}. "
            "Проверьте строку: абонент увидит итог из файла."
        )
        yield Issue(location, name, "total_differs", message, "warning")
