"""The bank's hosted page, in Russian: what is paid, a card that is not asked for, three buttons."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from infra.simulators.bank.state import Payment

_STYLE = """
body{font:16px/1.5 sans-serif;margin:0;background:#eef1f5;color:#1c2430}
main{max-width:30rem;margin:2rem auto;padding:1.5rem;background:#fff;border-radius:.75rem}
h1{font-size:1.25rem;margin:0 0 1rem}table{width:100%;border-collapse:collapse}
td{padding:.25rem 0;border-bottom:1px solid #dde2ea}td+td{text-align:right;white-space:nowrap}
button{font:inherit;padding:.6rem 1rem;margin:.5rem .5rem 0 0;border:1px solid #54627a;border-radius:.5rem;
background:#fff}
button[value=approve]{background:#0b6b3a;border-color:#0b6b3a;color:#fff}
small{color:#54627a}
"""
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
    if payment_state == "waiting":
        rest = f"""<form method="post" action="{escape(action, quote=True)}">
<input type="hidden" name="order" value="{escape(payment.bank_id, quote=True)}">
<button name="outcome" value="approve">Оплатить</button>
<button name="outcome" value="decline">Отклонить</button>
<button name="outcome" value="expire">Дождаться конца сессии</button></form>
<p><small>До окончания сессии осталось {left // 60}:{left % 60:02d}</small></p>"""
    else:
        rest = f'<p><a href="{escape(payment.return_url, quote=True)}">Вернуться в личный кабинет</a></p>'
    return f"""<!doctype html><html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{_TITLES[payment_state]}</title><style>{_STYLE}</style></head><body><main>
<h1>Учебный банк: {_TITLES[payment_state]}</h1>
<p>Заказ {escape(payment.number)}. {escape(payment.description)}</p>
<table>{rows}<tr><td><strong>Итого</strong></td><td><strong>{rubles(payment.amount)}</strong></td></tr></table>
{rest}
<p><small>Это имитация банка на локальном стенде: деньги не списываются.</small></p>
</main></body></html>"""


def unknown_page() -> str:
    """Return the page of a link that names no payment."""
    return (
        '<!doctype html><html lang="ru"><meta charset="utf-8"><title>Заказ не найден</title>'
        "<p>Заказ не найден."
    )
