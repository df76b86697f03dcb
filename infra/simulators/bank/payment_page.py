"""The bank's hosted page, in Russian: what is paid, a card that is not asked for, three buttons."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from infra.simulators.bank.state import Payment

_PAGE, _FORM = (
    Template(Path(__file__).with_name(f"payment_{part}.html").read_text("utf-8")) for part in ("page", "form")
)
_TITLES = {
    "waiting": "Оплата",
    "paid": "Оплачено",
    "declined": "Оплата отклонена или время истекло",
    "reversed": "Оплата отменена",
    "refunded": "Оплата возвращена",
}


def rubles(kopecks: int) -> str:
    """Return a sum as the page shows it."""
    return f"{kopecks // 100:,}".replace(",", " ") + f",{kopecks % 100:02d} ₽"


def payment_page(payment: Payment, now: datetime, action: str) -> str:
    """Return the page of one payment; the buttons only while it waits."""
    payment_state = payment.at(now)
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{rubles(sum_)}</td></tr>" for name, sum_ in payment.lines)
    left = max(0, int((payment.ends_at - now).total_seconds()))
    rest = f'<p><a href="{escape(payment.return_url, quote=True)}">Вернуться в личный кабинет</a></p>'
    if payment_state == "waiting":
        rest = _FORM.substitute(
            action=escape(action, quote=True),
            order=escape(payment.bank_id, quote=True),
            left=f"{left // 60}:{left % 60:02d}",
        )
    return _PAGE.substitute(
        title=_TITLES[payment_state],
        number=escape(payment.number),
        description=escape(payment.description),
        rows=rows,
        total=rubles(payment.amount),
        rest=rest,
    )


def unknown_page() -> str:
    """Return the page of a link that names no payment."""
    return (
        '<!doctype html><html lang="ru"><meta charset="utf-8"><title>Заказ не найден</title>'
        "<p>Заказ не найден."
    )
