"""Templates to texts: Russian, text and HTML, readable without images. HTML is escaped, text is not.

The templates are in ``templates/``; `EMAIL_TEMPLATES` says what each one is called and cannot do without.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader, Template, select_autoescape

from cabinet.accounts.model import MAILING_TITLES
from cabinet.core.money import format_rubles
from cabinet.notifications.model import Rendered


class RenderError(Exception):
    """The email names no template or lacks what its template needs: sending again is no help."""


@dataclass(frozen=True, slots=True)
class EmailTemplate:
    """One template: its subject (a template itself) and the values that must be there."""

    subject: str
    needs: tuple[str, ...] = ()


_SUM = "{% if amount %}: {{ amount | rubles }} руб.{% endif %}"

EMAIL_TEMPLATES: dict[str, EmailTemplate] = {
    "activation": EmailTemplate("Подтвердите регистрацию в личном кабинете", ("link",)),
    "password_reset": EmailTemplate("Смена пароля в личном кабинете", ("link",)),
    "email_change": EmailTemplate("Подтвердите новый адрес электронной почты", ("link",)),
    "email_changed": EmailTemplate("Адрес электронной почты изменён"),
    "security_event": EmailTemplate("Важное изменение в личном кабинете", ("what",)),
    "readings_accepted": EmailTemplate(
        "Показания приняты{% if number %}: лицевой счёт {{ number }}{% endif %}"
    ),
    "payment_received": EmailTemplate(f"Платёж получен{_SUM}", ("order_id",)),
    "card_expires": EmailTemplate(
        "Срок сохранённой карты {{ masked_pan }} истекает", ("masked_pan", "expires_on")
    ),
    "autopay_planned": EmailTemplate(
        "Завтра спишется {{ amount | rubles }} руб. за лицевой счёт {{ number }}", ("number", "amount", "on")
    ),
    # The name is stored in outbox rows: the receipt is left to its owner to pay.
    "autopay_left": EmailTemplate("Автоплатёж не прошёл: лицевой счёт {{ number }}", ("number", "text")),
    "payment_refunded": EmailTemplate(f"Возврат платежа{_SUM}", ("order_id",)),
    "refund_refused": EmailTemplate(f"Возврат не состоялся{_SUM}", ("order_id",)),
    "reminder_window_opens": EmailTemplate("Пора передать показания счётчиков", ("number",)),
    "reminder_window_closes": EmailTemplate("Показания ещё не переданы", ("number",)),
    "reminder_receipt": EmailTemplate("{{ title }}", ("number", "title")),
    "reminder_debt": EmailTemplate("Задолженность по лицевому счёту {{ number }}", ("number", "amount")),
    "reminder_verification": EmailTemplate("Подходит срок поверки счётчика", ("number", "meters")),
    "receipt": EmailTemplate("{{ title }}", ("number", "title")),
    "notice": EmailTemplate("{{ title }}", ("title", "text")),
    "emergency": EmailTemplate("{{ title }}", ("title", "text")),
    "emergency_over": EmailTemplate("Устранено: {{ title }}", ("title",)),
    "own_data": EmailTemplate("Ваши данные из личного кабинета готовы", ("until",)),
    "account_unbound": EmailTemplate("Лицевой счёт {{ number }} отвязан", ("number", "reason")),
    "staff_invitation": EmailTemplate("Приглашение на рабочее место сотрудника", ("link",)),
    "staff_passkey": EmailTemplate("{{ what }}: рабочее место сотрудника", ("what", "passkey", "at")),
    "request_changed": EmailTemplate("Заявка № {{ number }}: {{ status_title }}", ("number", "status_title")),
    "request_received": EmailTemplate(
        "{{ kind_title }} № {{ number }}{% if is_message %}: новое сообщение{% endif %}",
        ("number", "kind_title"),
    ),
}  # fmt: skip


def render(template: str, params: dict[str, Any], context: dict[str, Any]) -> Rendered:
    """Return subject, text and HTML.

    Parameters
    ----------
    params
        The email's own values.
    context
        What every email may show: ``site``, ``mailing``, ``unsubscribe_url``.

    Raises
    ------
    RenderError
        No such template, or a value is missing or of a shape that the template cannot show.
    """
    kind = EMAIL_TEMPLATES.get(template)
    if kind is None:
        raise RenderError(f"no template {template}")
    lacking = [name for name in kind.needs if not params.get(name)]
    if lacking:
        raise RenderError(f"{template} lacks {', '.join(lacking)}")
    values = context | {"mailing_titles": MAILING_TITLES} | params
    try:
        subject = " ".join(_subject(template).render(values).split())
        text = _environment().get_template(f"{template}.txt").render(values | {"subject": subject})
        html = _environment().get_template(f"{template}.html").render(values | {"subject": subject})
    except (TypeError, ValueError, AttributeError) as error:
        raise RenderError(f"{template}: {type(error).__name__}") from None
    return Rendered(subject, text.strip() + "\n", html)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("cabinet.notifications"),
        autoescape=select_autoescape(["html"]),
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["rubles"] = format_rubles
    made.filters["day"] = _day
    return made


@cache
def _subject(template: str) -> Template:
    # A subject is a header, not HTML: nothing is escaped.
    return _environment().overlay(autoescape=False).from_string(EMAIL_TEMPLATES[template].subject)


def _day(value: str) -> str:
    """Show ``2019-09-28`` as ``28.09.2019``."""
    return date.fromisoformat(value[:10]).strftime("%d.%m.%Y")
