"""An order's row leaves defaults out (ADR 67): they are part of what is stored, and must not change."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from cabinet.accounts.supplier_model import FiscalSettings, Merchant
from cabinet.payments.model import Attempt, Order, OrderLine, Refund, TimelineEvent
from cabinet.payments.orders.store import order_row, parse_order
from tests.support.factories.merchants import merchant

NOW = datetime(2026, 9, 21, 5, 0, tzinfo=UTC)
FISCAL = {"vat": "none", "payment_method": "full_payment", "payment_object": "service"}
AS_WRITTEN: dict[type[BaseModel], dict[str, Any]] = {
    Order: {
        "guest_token": None, "email": None, "method": "card", "card": None, "autopay": None,
        "card_consent": None, "payer_address": "", "commission_vat": "none", "status": "created",
        "version": 1, "attempts": [], "timeline": [], "asks": 0, "due_at": None, "paid_at": None,
        "paid_by": None, "card_digits": "", "under_review": None, "taken": None, "credited": None,
        "refunded": 0, "returned": None, "refunds": [], "is_reserving": False, "duplicate_charges": [],
        "review_reason": None, "replaced_by": None, "decisions": [], "fiscal_url": None, "webhooks": [],
    },
    OrderLine: {"address": "", "payee_inn": "", "payee_name": "", "fiscal": FISCAL},
    FiscalSettings: FISCAL,
    Merchant: {"service_number": "", "fiscal_url": "", "methods": ["card"], "unconfirmed_hours": None},
    Attempt: {
        "bank_order_id": None, "payment_url": None, "qr_id": None, "qr_png": None, "charge_begun_at": None,
        "decline_code": "", "is_final_decline": False, "is_dead": False, "checked_at": None,
    },
    TimelineEvent: {},
    Refund: {
        "beyond": 0, "lines": [], "requested_by": "", "status": "requested", "attempts": 0, "sent_at": None,
        "error": "",
    },
}  # fmt: skip
"""What a row without the field means. A new field is listed here as well: rows without it exist."""


def defaults(model: type[BaseModel]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        return value.model_dump() if isinstance(value, BaseModel) else value

    found = {
        field.alias or name: plain(field.get_default(call_default_factory=True, validated_data={}))
        for name, field in model.model_fields.items()
        if not field.is_required()
    }
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def test_defaults_stand_as_they_were_when_rows_were_written() -> None:
    assert {model: defaults(model) for model in AS_WRITTEN} == AS_WRITTEN


def order(**changes: Any) -> Order:
    line = {"account_id": "uk:1", "receipt_id": "r", "receipt_title": "К", "service": "Вода", "amount": 500}
    fields = {
        "order_id": "P1", "user_id": "u1", "merchant": merchant("http://127.0.0.1:9", "rbs"),
        "time_zones": {"uk": "Asia/Yekaterinburg"}, "lines": [line], "amount": 500, "commission": 0,
        "created_at": NOW,
    }  # fmt: skip
    return Order.model_validate(fields | changes)


def test_a_row_has_no_default_but_what_is_asked_of_it_and_is_read_as_it_was() -> None:
    made = order()
    row = order_row(made)
    left_out = set(AS_WRITTEN[Order]) - {"status", "version"}
    assert left_out.isdisjoint(row)
    assert (row["status"], row["version"], row["subscriber"]) == ("created", 1, "u1")
    assert "fiscal" not in row["lines"][0]
    assert parse_order(row) == made


def test_what_differs_is_kept_and_a_row_of_before_is_read() -> None:
    refund = {"refund_id": "1", "amount": 100, "reason": "дважды", "at": NOW, "status": "done"}
    made = order(
        user_id=None, guest_token="g", status="paid", version=7, due_at=NOW, refunds=[refund],
        refunded_from_posted=100,
        attempts=[{"number": "P1", "begun_at": NOW, "ends_at": NOW, "is_dead": True}],
    )  # fmt: skip
    row = order_row(made)
    assert row["attempts"][0] == {
        "number": "P1", "begun_at": "2026-09-21T05:00:00.000000+00:00", "is_dead": True,
        "ends_at": "2026-09-21T05:00:00.000000+00:00",
    }  # fmt: skip
    assert row["user_id"] is None
    assert "subscriber" not in row
    assert parse_order(row) == made
    assert parse_order(made.model_dump(mode="json")) == made


def test_an_accounts_address_is_written_once_and_read_for_each_line() -> None:
    line = {"receipt_id": "r", "receipt_title": "К", "service": "Вода", "amount": 500}
    places = [("uk:1", "Мира"), ("uk:1", "Мира"), ("uk:2", "Мира, 2"), ("uk:1", "Мира"), ("uk:3", "")]
    made = order(lines=[line | {"account_id": name, "address": address} for name, address in places])
    row = order_row(made)
    assert [each.get("address") for each in row["lines"]] == ["Мира", None, "Мира, 2", None, None]
    assert parse_order(row) == made
    assert [each.address for each in parse_order(row).lines] == [address for _, address in places]
