"""«Согласие на обработку персональных данных»: the text, its version, and the record of who agreed.

The consent is a document of its own (ст. 9 152-ФЗ in the wording of 156-ФЗ): nothing else is agreed to by it.
A change of the text is a change of `VERSION`; older records keep the hash of what was read.
"""

import hashlib
from dataclasses import dataclass
from functools import cache

from cabinet.core.settings import Settings

VERSION = "2026-11-22"

TITLE = "Согласие на обработку персональных данных"

_PARAGRAPHS = """Я свободно, своей волей и в своём интересе даю согласие на обработку
моих персональных данных.

Оператор: {operator}.

Цель обработки: предоставление сервисов «Личного кабинета абонента» — просмотр начислений и оплат по
лицевому счёту, получение платёжных документов, передача показаний приборов учёта, оплата услуг, обращения в
управляющую (ресурсоснабжающую) организацию.

Данные, на обработку которых даётся согласие: адрес электронной почты; номер сотового телефона; номера
лицевых счетов, привязанных мной к личному кабинету, и адреса помещений по ним; сведения о действиях в
личном кабинете, IP-адрес и описание браузера; при входе через Госуслуги — идентификатор учётной записи, а
также адрес электронной почты и номер телефона, указанные в ней.

Действия с данными: сбор, запись, систематизация, накопление, хранение, уточнение, извлечение,
использование, передача организациям, которые ведут мои лицевые счета, блокирование, удаление и уничтожение,
с использованием средств автоматизации. Данные хранятся на территории Российской Федерации.

Срок действия: до удаления личного кабинета или до отзыва согласия. Отозвать согласие можно в любое время: в
настройках личного кабинета («Удалить личный кабинет») или письменным обращением к оператору. После этого
данные личного кабинета удаляются; записи о совершённых платежах хранятся в течение срока, установленного
законом, а переданные показания и поданные заявки остаются у организации, которая ведёт лицевой счёт.

Согласие на получение рассылок и отказ от бумажных платёжных документов оформляются отдельно."""


class ConsentSettings(Settings):
    """Who the operator of personal data is; part of the text, so a change of it changes the hash."""

    operator_name: str = "расчётный центр, который ведёт «Личный кабинет абонента»"


@dataclass(frozen=True, slots=True)
class Consent:
    """The text that is in force."""

    version: str
    title: str
    text: str
    sha256: str
    """The hash of the text in UTF-8."""


def create_consent(version: str, title: str, paragraphs: str) -> Consent:
    """Return a consent whose text names the operator, each paragraph on a line of its own."""
    named = paragraphs.format(operator=ConsentSettings.load().operator_name).split("\n\n")
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in named)
    return Consent(version, title, text, hashlib.sha256(text.encode()).hexdigest())


@cache
def current() -> Consent:
    """Return the consent in force."""
    return create_consent(VERSION, TITLE, _PARAGRAPHS)


def consent_record(version: str, at: str, client_ip: str) -> dict[str, str]:
    """Return the record of a consent given at `at` from `client_ip` to the text in force."""
    return {"version": version, "text_sha256": current().sha256, "agreed_at": at, "address": client_ip}
