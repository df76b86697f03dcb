"""What is wrong among an account's rows when they are seen together: twice, too many, not adding up. Pure."""

from collections.abc import Iterator
from typing import Any

from cabinet.accounts.model import Supplier
from cabinet.billing.paying import difference, with_overpayment
from cabinet.billing.routing import names_penalty
from cabinet.exchange.model import AccountRows, Finding, Place, SectionName
from cabinet.exchange.rules import Data, code_of, meter_id_of
from cabinet.metering.model import ZONES
from cabinet.money import format_rubles

MAX_SERVICE_LINES, MAX_CHARGE_LINES = 200, 400
"""A receipt is one item of the table and must stay well under its limit of 400 KB."""
MAX_ROWS_OF_ACCOUNT = 20_000
"""One account is held in memory whole."""
_SPELLED_ALIKE = "русские и латинские, большие и малые буквы не различаются"


def faults(rows: AccountRows, source: str) -> Iterator[Finding]:
    """Yield what only shows when an account's rows are seen together; places are those of the later row."""
    if sum(len(found) for found in rows.rows.values()) > MAX_ROWS_OF_ACCOUNT:
        place = next(iter(rows.rows.values()))[0][0]
        yield Finding(place, "ls", "too_many_rows", f"У счёта {rows.spelling} слишком много строк.")
        return
    if source == "native":  # a bank's registry repeats the person for each service
        yield from _twice(rows, "accounts", lambda row: "")
    yield from _twice(rows, "balances", lambda row: (row["period"], code_of(row["receipt"])))
    yield from _twice(rows, "meters", lambda row: meter_id_of(row["meter_no"]))
    yield from _too_many(rows, "services", MAX_SERVICE_LINES)
    yield from _too_many(rows, "charges", MAX_CHARGE_LINES)
    yield from _zones(rows)
    for place, row in rows.placed("balances"):
        yield from _totals(place, row)
    for place, row in rows.placed("services"):
        if "debt" in row:
            yield from _line_total(place, row)


def money_faults(rows: AccountRows, supplier: Supplier) -> Iterator[Finding]:
    """Yield where money would go astray: a payee that is not the supplier's, services that do not add up."""
    known = {payee.inn for payee in supplier.payees} | {""}
    for place, row in rows.placed("services"):
        if row["payee_inn"] not in known:
            message = (
                f"Получателя с ИНН {row['payee_inn']} нет среди получателей поставщика (payees). "
                "Лицевой счёт не будет загружен."
            )
            yield Finding(place, "payee_inn", "payee_unknown", message)
    yield from _services_differ(rows, supplier)


def _services_differ(rows: AccountRows, supplier: Supplier) -> Iterator[Finding]:
    if not rows.of("balances"):
        return
    listed: dict[tuple[str, str], list[tuple[int, bool]]] = {}
    for row in rows.of("services"):
        said = row.get("penalty")
        is_penalty = names_penalty(supplier, row["service"]) if said is None else said
        key = row["period"], code_of(row["receipt"])
        amount = with_overpayment(row["total"], row["debt"] + row["paid"] + row["charged"])
        listed.setdefault(key, []).append((amount, is_penalty))
    for place, row in rows.placed("balances"):
        services = listed.get((row["period"], code_of(row["receipt"])))
        if services is None:
            continue
        total, penalty = row["total"] + row["penalty_total"], row["penalty_total"]
        added_up, astray = difference(total, penalty, services)
        if astray:
            message = (
                f"Итог квитанции с пенями {format_rubles(total)}, а услуги в сумме "
                f"{format_rubles(added_up)}: разница {format_rubles(astray)}. "
                f"К оплате будет {format_rubles(max(total, 0))}"
                + (", разница — отдельной строкой." if astray > 0 else ", строки услуг уменьшены.")
            )
            yield Finding(place, "total", "services_differ", message, "warning")


def _twice(rows: AccountRows, section: SectionName, key: Any) -> Iterator[Finding]:  # noqa: ANN401 - row → key
    seen: dict[object, tuple[Place, str]] = {}
    for place, row in rows.placed(section):
        first, spelling = seen.setdefault(key(row), (place, row["ls"]))
        if first is not place:
            message = f"Вторая такая строка для счёта {row['ls']}, первая — строка {first}."
            if row["ls"] != spelling:
                message += f" Там счёт написан «{spelling}»: {_SPELLED_ALIKE}."
            yield Finding(place, "ls", "duplicate", message)


def _too_many(rows: AccountRows, section: SectionName, limit: int) -> Iterator[Finding]:
    counted: dict[tuple[str, str], int] = {}
    for place, row in rows.placed(section):
        key = row["period"], code_of(row["receipt"])
        counted[key] = counted.get(key, 0) + 1
        if counted[key] == limit + 1:
            yield Finding(place, "receipt", "too_many_lines", f"В квитанции больше {limit} строк.")


def _zones(rows: AccountRows) -> Iterator[Finding]:
    zones = {meter_id_of(row["meter_no"]): row["zones"] or 1 for row in rows.of("meters")}
    for place, row in rows.placed("readings"):
        known = zones.get(meter_id_of(row["meter_no"]))
        if known is not None and row["zone"] not in ZONES[:known]:
            yield Finding(place, "zone", "zone", f"У прибора {row['meter_no']} нет зоны {row['zone']}.")


def _totals(place: Place, row: Data) -> Iterator[Finding]:
    for prefix in ("", "penalty_"):
        expected = row[f"{prefix}debt"] + row[f"{prefix}paid"] + row[f"{prefix}charged"]
        yield from _differs(place, f"{prefix}total", row[f"{prefix}total"], expected)


def _line_total(place: Place, row: Data) -> Iterator[Finding]:
    expected = row["debt"] + row["paid"] + row["charged"]
    # A line never asks for less than zero, so an overpaid line's 0,00 is no difference.
    if row["total"] != max(0, expected):
        yield from _differs(place, "total", row["total"], expected)


def _differs(place: Place, name: str, total: int, expected: int) -> Iterator[Finding]:
    if total != expected:
        message = (
            f"Итог {format_rubles(total)}, а долг + оплачено + начислено = {format_rubles(expected)}. "
            "Сохранено как передано."
        )
        yield Finding(place, name, "total_differs", message, "warning")
