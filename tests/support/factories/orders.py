"""An order with its first attempt, as checkout makes it."""

from datetime import UTC, datetime

from cabinet.payments.model import Order, OrderLine
from cabinet.payments.orders import attempt_rules
from tests.support.factories.merchants import merchant

NOW = datetime(2026, 9, 21, 5, 0, tzinfo=UTC)


def order(amounts: tuple[int, ...] = (300, 200), commission: int = 5, dialect: str = "rbs") -> Order:
    lines = [
        OrderLine(
            account_id=f"uk:{n % 2}", receipt_id="2020-08-main", receipt_title="К", service=str(n), amount=a
        )
        for n, a in enumerate(amounts)
    ]
    made = Order(
        order_id="P1",
        user_id="u1",
        email="a@example.com",
        merchant=merchant("http://127.0.0.1:9", dialect),
        time_zones={"uk": "Asia/Yekaterinburg"},
        lines=lines,
        amount=sum(amounts),
        commission=commission,
        created_at=NOW,
    )
    return attempt_rules.start_attempt(made, NOW)
