"""«Согласие на автоплатёж»: the text, its version, and the consent as it is given."""

from datetime import datetime
from functools import cache

from cabinet.core.errors import FieldError, InvalidFields
from cabinet.identity.consent import Consent, create_consent
from cabinet.payments.given_consent import GivenConsent

VERSION = "2026-11-27"
TITLE = "Согласие на автоплатёж"

_TEXT = """Я прошу списывать деньги с сохранённой карты без моего участия, чтобы оплачивать лицевой счёт по
правилу, которое я задаю: в день после прихода квитанции или в выбранный день месяца, не больше указанной мной
суммы за один раз.

За день до списания оператор ({operator}) присылает письмо с суммой. Списание можно пропустить, а автоплатёж
выключить — в личном кабинете или по ссылке из письма без входа. Выключение действует сразу, в том числе для
списания, которое уже запланировано.

Если сумма больше указанной, если квитанция изменилась или уже оплачена, деньги не списываются, и об этом
сообщается. Если банк отклонит платёж, он повторяется в следующие дни не больше пяти раз.

Согласие действует до выключения автоплатежа, удаления карты или личного кабинета."""


@cache
def current() -> Consent:
    """Return the consent in force."""
    return create_consent(VERSION, TITLE, _TEXT)


def accept_consent(version: str, client_ip: str, now: datetime) -> GivenConsent:
    """Return the consent that an owner gives; raises InvalidFields when its text is not the one in force."""
    consent = current()
    if version != consent.version:
        message = "Текст согласия изменился. Обновите страницу и прочитайте его ещё раз."
        raise InvalidFields(FieldError("consent_version", "consent_outdated", message))
    return GivenConsent(version=version, text_sha256=consent.sha256, agreed_at=now, client_ip=client_ip)
