"""«Итоги» of 93 days: the page adds its parts up to what the whole comes to, to the kopeck."""

import csv
import random
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, Route, expect

from cabinet.payments.totals_rules import Sums, Totals, add_rows
from tests.support.accessibility import violations
from tests.support.browser import Stack, fits, watch_of
from tests.support.desk_browser import sign_in, staff

FIRST, DAYS, MOST = date(2026, 1, 1), 93, 31
PAYEES = {"7451001232": "ООО «Расчётный центр»", "7447004569": "Фонд капитального ремонта", "": ""}
METHODS = ("card", "sbp", "saved_card")


def rows() -> list[dict[str, Any]]:
    """Rows as registries are made of: payments and refunds of every day, those at the edges of parts too."""
    drawn = random.Random(7)
    found = []
    for number in range(600):
        sign = -1 if number % 9 == 0 else 1
        lines = [
            {"payee_inn": inn, "amount": sign * drawn.randrange(1, 5_000_000)}
            for inn in drawn.sample(list(PAYEES), 2)
        ]
        found.append({
            "received_on": (FIRST + timedelta(days=number % DAYS)).isoformat(), "lines": lines,
            "status": "refunded" if sign < 0 else "paid", "method": drawn.choice(METHODS),
            "beyond": sign * drawn.randrange(0, 900),
        })  # fmt: skip
    return found


ROWS = rows()
WHOLE = add_rows(Totals(), ROWS)


def payees(found: dict[str, Sums]) -> list[dict[str, Any]]:
    return [
        {"payee_inn": inn, "payee": PAYEES[inn], "paid": sums.paid, "refunded": sums.refunded}
        for inn, sums in sorted(found.items())
    ]


def answer(route: Route) -> None:
    """Answer as the server does, by its own rules; more days than it takes at once are refused."""
    query = parse_qs(urlsplit(route.request.url).query)
    first, last = (date.fromisoformat(query[name][0]) for name in ("from", "to"))
    assert (last - first).days < MOST
    part = add_rows(
        Totals(), [row for row in ROWS if first <= date.fromisoformat(row["received_on"]) <= last]
    )
    route.fulfill(
        json={
            "first": first.isoformat(), "last": last.isoformat(), "paid": part.whole.paid,
            "refunded": part.whole.refunded, "beyond": part.outside_lines, "payments": part.payments,
            "refunds": part.refunds, "payees": payees(part.by_payee),
            "days": [
                {"day": day.isoformat(), "payees": payees(sums)} for day, sums in sorted(part.by_day.items())
            ],
            "methods": [
                {"method": method, "paid": sums.paid, "refunded": sums.refunded}
                for method, sums in sorted(part.by_method.items())
            ],
        }
    )  # fmt: skip


def kopecks(shown: str) -> int:
    """Return «1 234,50 ₽» as kopecks; a minus may be that of typography."""
    (digits,) = re.findall(r"[\d\s]+,\d\d", shown)
    return int(re.sub(r"\D", "", digits)) * (-1 if re.search("[-−]", shown) else 1)


def sums_of(table: Locator) -> list[tuple[int, int]]:
    """Return what the lines of a breakdown say was paid and given back."""
    lines = [line.get_by_role("cell").all_inner_texts() for line in table.locator("tbody tr").all()]
    return sorted((kopecks(cells[-3]), kopecks(cells[-2])) for cells in lines)


def expected(found: dict[str, Sums]) -> list[tuple[int, int]]:
    return sorted((sums.paid, sums.refunded) for sums in found.values())


def test_the_page_adds_up_93_days_to_the_kopeck(new_page: Any, stack: Stack, tmp_path: Path) -> None:
    desk: Page = new_page("desktop")
    watch_of(desk).expect_status(401)
    desk.route("**/api/staff/totals?*", answer)
    last = FIRST + timedelta(days=DAYS - 1)
    desk.goto(f"/desk/totals?supplier_id=center&from={FIRST}&to={last}")
    sign_in(desk, staff(stack, "accountant"))
    of_payees = desk.get_by_role("table", name="По получателям")
    expect(of_payees).to_be_visible()
    assert sums_of(of_payees) == expected(WHOLE.by_payee)
    assert sums_of(desk.get_by_role("table", name="По способам оплаты")) == expected(WHOLE.by_method)
    left = WHOLE.whole.paid - WHOLE.whole.refunded
    facts = desk.get_by_role("main").locator(".facts")
    assert kopecks(facts.get_by_text("Итого по реестрам").locator("+ dd").inner_text()) == left
    beyond = facts.get_by_text("Комиссия и прочее").locator("+ dd").inner_text()
    assert kopecks(beyond) == WHOLE.outside_lines
    with desk.expect_download() as saved:
        desk.get_by_role("button", name="Сохранить как CSV").click()
    file = tmp_path / "totals.csv"
    saved.value.save_as(file)
    lines = list(csv.DictReader(file.read_text("utf-8-sig").splitlines(), delimiter=";"))
    found = sorted((line["День"], line["ИНН"], kopecks(line["Итого"])) for line in lines)
    assert found == sorted(
        (f"{day:%d.%m.%Y}", inn, sums.paid - sums.refunded)
        for day, by_payee in WHOLE.by_day.items()
        for inn, sums in by_payee.items()
    )
    assert violations(desk) == []
    assert fits(desk)


def test_the_month_by_methods_is_a_chart_with_its_table(new_page: Any, stack: Stack, device: str) -> None:
    desk: Page = new_page(device)
    watch_of(desk).expect_status(401)

    def month(route: Route) -> None:
        methods = [("card", 1_234_567, 34_567), ("sbp", 600_001, 0), ("", 99, 199)]
        shown = [{"method": name, "paid": paid, "refunded": back} for name, paid, back in methods]
        route.fulfill(
            json={
                "first": "2026-01-01", "last": "2026-01-31", "paid": 1_834_667, "refunded": 34_766,
                "beyond": 0, "payments": 3, "refunds": 1, "days": [], "payees": [], "methods": shown,
            }
        )  # fmt: skip

    desk.route("**/api/staff/totals?*", month)
    desk.goto("/desk/")
    sign_in(desk, staff(stack, "accountant"))
    chart = desk.get_by_role("figure", name="По способам оплаты, за вычетом возвратов")
    expect(chart).to_be_visible()
    widths = [float(bar.get_attribute("width") or 0) for bar in chart.locator("rect").all()]
    assert widths == [100, 600_001 / 1_200_000 * 100, 0]
    chart.get_by_text("Таблицей").click()
    table = chart.get_by_role("table", name="Оплачено за месяц по способам")
    assert sums_of(table) == [(99, 199), (600_001, 0), (1_234_567, 34_567)]
    assert violations(desk) == []
    assert fits(desk)
