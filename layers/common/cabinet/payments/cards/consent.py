"""«Согласие на сохранение карты»: the text, its version, and what is recorded of it.

It is given by an unticked box at paying, apart from every other consent.
"""

from datetime import datetime
from functools import cache

from cabinet.aws.dynamo import ALWAYS, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import Conflict, FieldError, InvalidFields
from cabinet.identity.consent import Consent, create_consent
from cabinet.identity.keys import consent_key
from cabinet.payments.given_consent import GivenConsent

VERSION = "2026-11-27"
TITLE = "Согласие на сохранение карты"

_TEXT = """Я прошу сохранить мою банковскую карту для следующих оплат в «Личном кабинете абонента».

Номер карты хранит банк, который принимает платёж. Оператор кабинета ({operator}) хранит только последние
четыре цифры номера, срок действия карты, название банка и обозначение, под которым карту знает банк. Код с
обратной стороны карты не хранит никто.

По сохранённой карте деньги списываются, когда я сам нажимаю «Оплатить», или по правилу автоплатежа, если я
отдельно его включу.

Удалить карту можно в любое время в разделе «Способы оплаты»: с этой минуты по ней ничего не списывается,
а банку передаётся, что карту нужно забыть."""


@cache
def current() -> Consent:
    """Return the consent in force."""
    return create_consent(VERSION, TITLE, _TEXT)


def accept_consent(version: str | None, client_ip: str, now: datetime) -> GivenConsent:
    """Return the consent that a payer gives; raises InvalidFields when its text has changed meanwhile.

    None is a client that shows the text in force and does not name it.
    """
    consent = current()
    if version is not None and version != consent.version:
        message = "Текст согласия изменился. Обновите страницу и прочитайте его ещё раз."
        raise InvalidFields(FieldError("card_consent_version", "consent_outdated", message))
    return GivenConsent(
        version=consent.version, text_sha256=consent.sha256, agreed_at=now, client_ip=client_ip
    )


def record(transaction: Transaction, user_id: str, consent: GivenConsent) -> None:
    """Add the proof of the consent to a transaction, beside the user's other ones."""
    row = {
        **key_attributes(consent_key(user_id, f"saved-card-{consent.version}")),
        "version": consent.version,
        "text_sha256": consent.text_sha256,
        "agreed_at": clock.timestamp(consent.agreed_at),
        "address": consent.client_ip,
    }
    # Given again it is renewed: each payment that saves a card has it, and the last one counts.
    transaction.put(Table.USERS, row, condition=ALWAYS, on_conflict=Conflict)
