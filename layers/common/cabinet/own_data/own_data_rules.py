"""What of the stored rows is a person's own data, in which file of the archive. Pure.

Fields are named, never left out: what is added to a row later stays in until somebody decides that it may go.
Secrets (hashes, identifiers at banks) and other people (who else has bound the account) are not among them.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from cabinet.accounts.model import Account
from cabinet.autopay.model import AutopayRule
from cabinet.billing.model import AccountPayment, Receipt
from cabinet.core.text import slug
from cabinet.identity.model import SecurityEvent
from cabinet.metering.model import Meter, Reading
from cabinet.metering.shown_meter_rules import shown_meters
from cabinet.payments.cards.model import SavedCard
from cabinet.payments.model import Order
from cabinet.service_requests.model import SubscriberRequest

type Row = Mapping[str, Any]

README = """Ваши данные из личного кабинета абонента.

profile.json — учётная запись, согласия, привязки, устройства, уведомления,
журнал безопасности, доступ для программ.
payments.json — заказы и оплаты через кабинет, сохранённые карты, правила автоплатежа.
accounts/ — по файлу на лицевой счёт: квитанции, оплаты, счётчики и показания, Ваши заявки.

Суммы указаны в копейках, время — по Гринвичу (UTC), объёмы — десятичными дробями с точкой.
Файлы JSON открываются любым текстовым редактором.
"""

_PROFILE = ("email", "phone", "created_at", "primary_account_id", "notifications")
_USER_ROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "AGREED#": ("consents", ("version", "text_sha256", "agreed_at", "address", "withdrawn_at")),
    "BINDING#": ("bindings", ("account_id", "bound_at", "confirmed_at", "mailings", "paperless")),
    "SESSION#": ("devices", ("created_at", "seen_at", "user_agent", "method")),
    "ACCESS#": ("programs", ("name", "scopes", "created_at", "expires_on", "seen_at")),
    "CALENDAR": ("calendar", ("created_at", "fetched_at")),
    "WEBPUSH#": ("pushes", ("user_agent", "renewed_at")),
}
"""How the sort keys of a user's rows begin: the name of their list, and what is said of each."""
_ORDER: Any = {
    "order_id": True, "status": True, "method": True, "amount": True, "commission": True, "created_at": True,
    "paid_at": True, "refunded_from_posted": True, "card_digits": True, "fiscal_url": True,
    "lines": {"__all__": {"account_id", "receipt_title", "service", "payee_name", "amount"}},
    "timeline": {"__all__": {"at", "what"}},
}  # fmt: skip


def profile_data(rows: Iterable[Row]) -> dict[str, Any]:
    """Return what a user's rows say of the person; rows of other kinds are left out."""
    shown: dict[str, Any] = {name: [] for name, _ in _USER_ROWS.values()} | {"security_events": []}
    for row in rows:
        kind = str(row["sk"])
        if kind == "PROFILE":
            shown["profile"] = _select_fields(row, _PROFILE) | {"esia_linked": bool(row.get("esia_oid"))}
        elif kind.startswith("AUDIT#"):
            what = SecurityEvent.__members__.get(row["what"])
            entry = _select_fields(row, ("at", "address")) | {"what": what.value if what else row["what"]}
            shown["security_events"].append(entry)
        else:
            for prefix, (name, fields) in _USER_ROWS.items():
                if kind.startswith(prefix):
                    shown[name].append(_select_fields(row, fields))
    return shown


def account_data(account: Account, rows: Iterable[Row], user_id: str) -> dict[str, Any]:
    """Return what an account's rows say; of requests the user's own, of readings not who handed them in.

    `account` is as its reader sees it: of another holder's time nothing is said.
    """
    start = account.shown_from
    shown: dict[str, Any] = {
        "account_id": account.account_id,
        "holder": account.holder,
        "address": account.address.model_dump(),
        "area": account.area,
        "registered": account.registered,
        "residents": account.residents,
        "receipts": [],
        "payments": [],
        "meters": [],
        "readings": [],
        "requests": [],
    }
    for row in rows:
        kind = str(row["sk"])
        if kind.startswith("RECEIPT#"):
            receipt = Receipt.model_validate(row)
            if account.shows(receipt.period):
                shown["receipts"].append(receipt.model_dump(mode="json"))
        elif kind.startswith("PAYMENT#"):
            payment = AccountPayment.model_validate(row)
            if start is None or payment.received_on >= start.day:
                shown["payments"].append(payment.model_dump(mode="json"))
        elif kind.startswith("METER#"):
            hidden = {"last", "before", "version"}
            shown["meters"] += [
                meter.model_dump(mode="json", exclude=hidden)
                for meter in shown_meters(account, [Meter.model_validate(row)])
            ]
        elif kind.startswith("READING#"):
            reading = Reading.model_validate(row)
            if start is None or reading.taken_on >= start.day:
                shown["readings"].append(reading.model_dump(mode="json", exclude={"by"}))
        elif kind.startswith(f"REQUEST#{user_id}#"):
            shown["requests"].append(_request(SubscriberRequest.model_validate(row)))
    return shown


def _request(request: SubscriberRequest) -> dict[str, Any]:
    return request.model_dump(
        mode="json",
        include={
            "number": True, "kind": True, "text": True, "service_title": True, "service_price": True,
            "contact_phone": True, "status": True, "created_at": True, "rating": True,
            "files": {"__all__": {"name", "content_type", "size"}},
            "replies": {"__all__": {"at", "author", "text"}},
        },
    )  # fmt: skip


def payment_data(
    orders: Iterable[Order], cards: Iterable[SavedCard], rules: Iterable[AutopayRule]
) -> dict[str, Any]:
    """Return what was paid through the cabinet, and how it is paid by itself."""
    rule_fields = {"account_id", "enabled", "limit", "when", "day", "with_preliminary", "consent", "last"}
    return {
        "orders": [order.model_dump(mode="json", include=_ORDER) for order in orders],
        "saved_cards": [
            card.model_dump(mode="json", include={"masked_pan", "expires", "bank_name", "saved_at"})
            for card in cards
        ],
        "autopay": [rule.model_dump(mode="json", include=rule_fields) for rule in rules],
    }


def pack_archive(
    profile: dict[str, Any], payments: dict[str, Any], accounts: Iterable[dict[str, Any]]
) -> bytes:
    """Return the ZIP; the same data make the same bytes."""
    members = {"readme.txt": README, "profile.json": _json(profile), "payments.json": _json(payments)}
    for each in accounts:
        members[f"accounts/{slug(each['account_id'])}.json"] = _json(each)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as written:
        for name, text in members.items():
            written.writestr(zipfile.ZipInfo(name), text, compress_type=zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _select_fields(row: Row, fields: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in fields if name in row}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
