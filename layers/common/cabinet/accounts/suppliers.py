"""Suppliers as staff apply them: requisites checked to the last digit, then the profile replaced whole."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cabinet.accounts import bank_details, branding, settings_history
from cabinet.accounts.bank_capabilities import CAPABILITIES
from cabinet.accounts.keys import SUPPLIERS_SHARD, logo_key, supplier_key, texts_key
from cabinet.accounts.supplier_model import Commission, Merchant, PaymentMethod, Supplier
from cabinet.accounts.texts_and_logo import TextsAndLogo
from cabinet.audit.model import Author
from cabinet.aws import dynamo
from cabinet.aws.dynamo import ALWAYS, IS_ABSENT, Item, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, FieldError, InvalidFields
from cabinet.outbound.address_rules import is_service_address, parse_target
from cabinet.outbound.local_origin import is_local
from cabinet.webhooks import endpoints

_REVISION_UNCHANGED = "#revision = :seen"
_HAS_NO_REVISION = "attribute_exists(pk) AND attribute_not_exists(#revision)"
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)
_EMPTY = "Заполните: пустым быть не может."


def validate(supplier: Supplier) -> list[FieldError]:
    """Return what is wrong with the requisites of a supplier and its payees, and with what it wants done."""
    return [
        *_bank_detail_issues(supplier),
        *_all_merchant_issues(supplier),
        *branding.find_issues(supplier.branding),
        *_option_issues(supplier),
        *_service_issues(supplier),
        *_webhook_issues(supplier),
    ]


def warnings(supplier: Supplier) -> list[str]:
    """Return what may be applied, and that residents would notice."""
    if len(supplier.payees) == 1 or supplier.receipt_kinds or not supplier.offers("payments"):
        return []
    return [
        "receipt_kinds: Получателей несколько, а у видов квитанций они не названы: пени без своей строки и "
        "суммы без строк услуг абоненты оплатить не смогут."
    ]


def _bank_detail_issues(supplier: Supplier) -> list[FieldError]:
    found = []
    if not bank_details.inn_is_valid(supplier.inn):
        found.append(
            FieldError("inn", "inn", f"ИНН «{supplier.inn}» неверен: не сходятся контрольные цифры.")
        )
    for index, payee in enumerate(supplier.payees):
        found += [
            FieldError(f"payees[{index}].{issue.field}", issue.field, issue.message)
            for issue in bank_details.validate(
                inn=payee.inn,
                kpp=payee.kpp or None,
                bic=payee.bic,
                account=payee.account,
                correspondent_account=payee.correspondent_account,
            )
        ]
    inns = {payee.inn for payee in supplier.payees}
    found += [
        FieldError(
            f"receipt_kinds.{title}.payee_inn", "payee_unknown", f"Нет получателя с ИНН {kind.payee_inn}."
        )
        for title, kind in supplier.receipt_kinds.items()
        if kind.payee_inn not in inns
    ]
    if len({payee.inn for payee in supplier.payees}) < len(supplier.payees):
        found.append(
            FieldError("payees", "duplicate", "Два получателя с одним ИНН: строки услуг не разделить.")
        )
    return found


def _all_merchant_issues(supplier: Supplier) -> list[FieldError]:
    found = []
    if supplier.merchant is None and (supplier.offers("payments") or supplier.merchants):
        found.append(
            FieldError("merchant", "required", "Для оплаты (payments) нужен договор с банком merchant.")
        )
    taken: dict[PaymentMethod, str] = {}
    names: set[str] = set()
    for place, merchant in supplier.merchants_by_path().items():
        found += [*_merchant_issues(merchant, place), *_method_issues(merchant, place, taken)]
        if merchant.contract and merchant.contract in names:
            message = f"Договор «{merchant.contract}» уже описан выше: у каждого договора своё имя."
            found.append(FieldError(f"{place}.contract", "duplicate", message))
        names.add(merchant.contract)
    if supplier.offers("payments") and supplier.all_merchants and not taken:
        message = "Назовите, что оплачивается по договору, например [card]."
        found.append(FieldError("merchant.methods", "required", message))
    found += _commission_issues(supplier.commission, "commission")
    for method, rule in supplier.method_commissions.items():
        field = f"method_commissions.{method}"
        found += _commission_issues(rule, field)
        if method not in taken:
            found.append(FieldError(field, "method", f"Способа {method} нет ни в одном договоре (methods)."))
    return found


def _merchant_issues(merchant: Merchant, place: str) -> list[FieldError]:
    found = []
    found += [
        FieldError(f"{place}.{name}", "required", _EMPTY)
        for name in ("contract", "secret")
        if not getattr(merchant, name).strip()
    ]
    capabilities = CAPABILITIES[merchant.dialect]
    if capabilities.needs_service_number and not merchant.service_number:
        message = "Для «Города» нужен номер услуги service_number."
        found.append(FieldError(f"{place}.service_number", "required", message))
    if merchant.fiscal_url and not capabilities.has_receipt_service:
        message = "fiscal_url есть только у Райффайзенбанка: остальным строки чека уходят с заказом."
        found.append(FieldError(f"{place}.fiscal_url", "fiscal_url", message))
    if merchant.unconfirmed_hours is not None and not capabilities.asks_before_paying:
        message = "unconfirmed_hours действует только для «Города»: остальные банки кабинет спрашивает сам."
        found.append(FieldError(f"{place}.unconfirmed_hours", "unconfirmed_hours", message))
    addresses = {"base_url": merchant.base_url} | (
        {"fiscal_url": merchant.fiscal_url} if merchant.fiscal_url else {}
    )
    message = (
        "Нужен адрес https:// с именем сайта, без логина, пароля и знака «?»: по нему идёт пароль банка."
    )
    found += [
        FieldError(f"{place}.{name}", "bank_url", message)
        for name, url in addresses.items()
        if not (is_service_address(url) or is_local(url))
    ]
    return found


def _method_issues(merchant: Merchant, place: str, taken: dict[PaymentMethod, str]) -> list[FieldError]:
    """Return what is wrong with a contract's methods; `taken` is method → the contract that has it."""
    found = []
    field = f"{place}.methods"
    possible = CAPABILITIES[merchant.dialect].methods
    for method in dict.fromkeys(merchant.methods):
        if method not in possible:
            message = f"По протоколу {merchant.dialect} способа {method} нет; есть: {', '.join(possible)}."
            found.append(FieldError(field, "method", message))
        if method in taken:
            message = f"Способ {method} уже есть у договора «{taken[method]}»: неясно, по какому платить."
            found.append(FieldError(field, "duplicate", message))
        taken.setdefault(method, merchant.contract)
    if "saved_card" in merchant.methods and "card" not in merchant.methods:
        message = "Карту можно сохранить только при оплате картой: нужен и card."
        found.append(FieldError(field, "method", message))
    return found


def _option_issues(supplier: Supplier) -> list[FieldError]:
    found = []
    window = supplier.reading_window
    for index, payee in enumerate(supplier.payees):
        if "/" in payee.fiscal.vat and payee.fiscal.payment_method == "full_payment":
            message = (
                f"Ставка {payee.fiscal.vat} бывает только у предоплаты и аванса: при full_payment нужна "
                f"{payee.fiscal.vat.partition('/')[0]}."
            )
            found.append(FieldError(f"payees[{index}].fiscal.vat", "vat", message))
    if window.opens_day > window.closes_day:
        found.append(
            FieldError(
                "reading_window", "window", "Приём показаний не может закрыться раньше, чем откроется."
            )
        )
    if supplier.implausible_factor <= supplier.unusual_factor:
        found.append(
            FieldError(
                "implausible_factor",
                "implausible_factor",
                f"implausible_factor должен быть больше unusual_factor ({supplier.unusual_factor}): "
                "иначе необычное показание нельзя будет подтвердить.",
            )
        )
    try:
        ZoneInfo(supplier.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        found.append(
            FieldError("time_zone", "time_zone", f"Часового пояса «{supplier.time_zone}» нет: см. IANA.")
        )
    return found


def _service_issues(supplier: Supplier) -> list[FieldError]:
    found = []
    codes: set[str] = set()
    for index, service in enumerate(supplier.paid_services):
        place = f"paid_services[{index}]"
        if not _CODE.fullmatch(service.code):
            message = "Нужен код: малые латинские буквы, цифры, дефис, до 32 знаков."
            found.append(FieldError(f"{place}.code", "code", message))
        elif service.code in codes:
            message = f"Код «{service.code}» уже есть у другой услуги: в заявке их не различить."
            found.append(FieldError(f"{place}.code", "duplicate", message))
        if not service.title.strip():
            found.append(FieldError(f"{place}.title", "required", _EMPTY))
        codes.add(service.code)
    return found


def _webhook_issues(supplier: Supplier) -> list[FieldError]:
    webhook = supplier.webhook
    if webhook is None or parse_target(webhook.url) is not None or is_local(webhook.url):
        return []
    message = "Нужен адрес https:// с именем сайта, без порта, логина и пароля."
    return [FieldError("webhook.url", "webhook_url", message)]


def _commission_issues(rule: Commission, field: str) -> list[FieldError]:
    if rule.maximum is None:
        return []
    if rule.maximum < rule.minimum:
        message = f"maximum не может быть меньше minimum ({rule.minimum})."
        return [FieldError(f"{field}.maximum", "maximum", message)]
    if rule.basis_points == 0 and rule.maximum != rule.minimum:
        message = "maximum ограничивает процент, а basis_points не указан."
        return [FieldError(f"{field}.maximum", "maximum", message)]
    return []


def apply(
    supplier: Supplier,
    texts_and_logo: TextsAndLogo | None = None,
    *,
    author: Author | None = None,
    seen_revision: int | None = None,
) -> bool:
    """Write the supplier's profile, and what is presented beside it; False if nothing would change.

    Without `texts_and_logo` texts and logo stay as they are. `author` is the person who changes it, for the
    audit log and the history of settings; None for a sample that nobody has asked for. With `seen_revision` a
    profile that has changed since is a conflict.

    Raises
    ------
    InvalidFields
        Wrong requisites: nothing is written.
    Conflict
        Somebody else has applied this supplier at the same moment.
    """
    wrong = validate(supplier)
    if wrong:
        raise InvalidFields(*wrong)
    if texts_and_logo is not None:
        logo = texts_and_logo.logo.name if texts_and_logo.logo else ""
        supplier = supplier.model_copy(
            update={"branding": supplier.branding.model_copy(update={"logo": logo})}
        )
    supplier_id = supplier.supplier_id
    pk, sk = supplier_key(supplier_id)
    profile = supplier.model_dump(mode="json") | {"shard": SUPPLIERS_SHARD, "shard_sk": pk}
    beside = (texts_key(supplier_id), logo_key(supplier_id))
    existing, *shown = dynamo.batch_get(
        [(Table.ACCOUNTS, key) for key in ((pk, sk), *beside)], consistent=True
    )
    wanted = {
        (row["pk"], row["sk"]): row for row in (texts_and_logo.rows(supplier_id) if texts_and_logo else [])
    }
    changed = [
        key
        for key, row in zip(beside, shown, strict=True)
        if texts_and_logo is not None and not _contains(row, wanted.get(key))
    ]
    revision = (existing or {}).get("revision")
    if seen_revision is not None and (revision or 0) != seen_revision:
        raise Conflict
    if _contains(existing, profile) and not changed:
        return False
    item: Item = profile | {"pk": pk, "sk": sk, "revision": (revision or 0) + 1}
    transaction = Transaction()
    if existing is None:
        transaction.put(Table.ACCOUNTS, item, condition=IS_ABSENT, on_conflict=Conflict)
    elif revision is None:
        transaction.put(Table.ACCOUNTS, item, condition=_HAS_NO_REVISION, on_conflict=Conflict)
    else:
        transaction.put(
            Table.ACCOUNTS, item, condition=_REVISION_UNCHANGED, on_conflict=Conflict, seen=revision
        )
    # The profile's revision guards them: a concurrent change fails there.
    for key in changed:
        if key in wanted:
            transaction.put(Table.ACCOUNTS, wanted[key], condition=ALWAYS, on_conflict=Conflict)
        else:
            transaction.delete(Table.ACCOUNTS, key, condition=ALWAYS, on_conflict=Conflict)
    if author is not None:
        settings_history.add_revision(transaction, author, supplier, existing, item["revision"], clock.now())
    endpoints.apply_settings(
        transaction, supplier_id, _receiver((existing or {}).get("webhook")), _receiver(profile["webhook"])
    )
    transaction.commit()
    return True


def _receiver(webhook: Item | None) -> endpoints.Receiver | None:
    return endpoints.Receiver(webhook["url"], webhook["secret"]) if webhook else None


def _contains(row: Item | None, wanted: Item | None) -> bool:
    """Tell whether a stored row says what is wanted of it; None wants no row."""
    if row is None or wanted is None:
        return row is wanted
    return all(row.get(name) == value for name, value in wanted.items())
