"""Whether a contract with a bank works, tried without anybody's money: its credentials, and a question to it.

A bank is asked of an order that nobody has made. What the credentials lack is said without their values.
"""

import secrets
from collections.abc import Iterator
from typing import Any

from cabinet.accounts.bank_capabilities import CAPABILITIES
from cabinet.accounts.supplier_model import Merchant, Supplier
from cabinet.payments.providers.base import (
    AccessDenied,
    NoUsableAnswer,
    ProviderConnectionError,
    ProviderDeclined,
)
from cabinet.payments.providers.credentials import Credentials, CredentialsMissing, get_credentials
from cabinet.payments.providers.http_client import post_form, post_form_with_retry, put_to_site
from cabinet.payments.providers.raiffeisen.client import RaiffeisenBank
from cabinet.payments.providers.rbs.client import RbsBank

_DENIED = ("5",)
"""errorCode of RBS for a wrong login or password."""

_NOT_ALLOWED = 405

type Check = tuple[bool, str]
"""Whether a thing is right, and a sentence about it."""


def check_contracts(supplier: Supplier, site_origin: str) -> Iterator[Check]:
    """Try a supplier's contracts with the credentials that payments use, and the address that banks call."""
    if not supplier.all_merchants:
        yield False, "Договора с банком в настройках нет."
    for merchant in supplier.all_merchants:
        methods = ", ".join(merchant.methods) or "только прежние заказы"
        yield True, f"Договор {merchant.contract} ({methods}), {merchant.dialect}, {merchant.base_url}"
        try:
            credentials = get_credentials(merchant.secret)
        except CredentialsMissing:
            yield False, f"Секрета «{merchant.secret}» нет, или он не годится: его заводит инженер."
            continue
        yield True, f"Секрет «{merchant.secret}» читается."
        for issue in credential_issues(merchant, credentials):
            yield False, issue
        try:
            yield True, ask_bank(merchant, credentials)
        except (NoUsableAnswer, ProviderDeclined) as error:
            yield False, describe(error)
    for name in dict.fromkeys(CAPABILITIES[merchant.dialect].callback for merchant in supplier.all_merchants):
        yield _check_callback(site_origin, f"/api/payments/{name}/callback")


def _check_callback(site_origin: str, path: str) -> Check:
    """Tell whether what banks call answers, by a method that it does not take: 405 is its own."""
    try:
        status = put_to_site(site_origin, path).status
    except NoUsableAnswer as error:
        return False, f"адрес уведомлений {site_origin}{path} не отвечает ({error})"
    if status != _NOT_ALLOWED:
        return False, f"по адресу уведомлений {site_origin}{path} отвечает не кабинет (HTTP {status})"
    return True, f"адрес уведомлений {site_origin}{path} отвечает"


def credential_issues(merchant: Merchant, credentials: Credentials) -> Iterator[str]:
    """Yield what the dialect needs and the secret lacks."""
    if not credentials.user or not credentials.password.get_secret_value():
        yield "user или password в секрете пусты"
    if merchant.dialect != "rbs":
        return
    if not credentials.callback_key.get_secret_value() and not credentials.callback_public_keys:
        yield "в секрете нет callback_key: уведомления банка будут отвергнуты, об оплате скажет лишь опрос"
    for alias, pem in credentials.callback_public_keys.items():
        if not _is_rsa(pem):
            yield f"callback_public_keys.{alias}: это не открытый ключ RSA в PEM"


def _is_rsa(pem: str) -> bool:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        return isinstance(load_pem_public_key(pem.encode()), RSAPublicKey)
    except ValueError:
        return False


def ask_bank(merchant: Merchant, credentials: Credentials) -> str:
    """Ask the bank of an order that nobody has made.

    Returns what its answer shows; raises NoUsableAnswer, ProviderDeclined.
    """
    nobodys = f"check-{secrets.token_hex(8)}"
    match merchant.dialect:
        case "rbs":
            try:
                RbsBank(merchant, credentials).status(nobodys, None)
            except ProviderDeclined as error:
                if error.code in _DENIED:
                    raise ProviderDeclined(error.code, "банк не принимает логин или пароль") from None
                raise
            return "банк отвечает и принимает логин и пароль"
        case "gorod_unified":
            login = {"userName": credentials.user, "password": credentials.password.get_secret_value()}
            payload = post_form_with_retry(
                merchant.base_url, "getOrderStatusShort", login | {"orderId": nobodys}
            )
            if payload.status >= 400:
                raise NoUsableAnswer(f"HTTP {payload.status}")
            payload.json()
            return "банк отвечает; логин и пароль проверит первый платёж: протокол иначе их не спрашивает"
        case "raiffeisen":
            try:
                RaiffeisenBank(merchant, credentials).status(nobodys, nobodys)
            except AccessDenied as error:
                raise ProviderDeclined(error.code, "банк не принимает секретный ключ") from None
            return "банк отвечает и принимает секретный ключ; sbpMerchantId проверит первый платёж"
        case "gorod":
            post_form(merchant.base_url, "", {})
            return "банк отвечает; логин и пароль проверит первый платёж: протокол иначе их не спрашивает"


def describe(error: Any) -> str:  # noqa: ANN401 - any of the port's errors
    """Return in a sentence why the bank could not be asked."""
    if isinstance(error, ProviderDeclined):
        return error.text or f"банк отказал с кодом {error.code}"
    if isinstance(error, ProviderConnectionError):
        return f"с банком нет связи ({error}): проверьте base_url"
    return f"банк ответил не так, как говорит протокол ({error}): проверьте base_url и dialect"
