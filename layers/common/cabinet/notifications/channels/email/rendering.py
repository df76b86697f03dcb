"""Templates to texts: Russian, text and HTML, readable without images. HTML is escaped, text is not.

The templates are in ``templates/``; `KINDS` says what each one is called and cannot do without.
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
class Kind:
    """One template: its subject (a template itself) and the values that must be there."""

    subject: str
    needs: tuple[str, ...] = ()


_SUM = "{% if amount %}: {{ amount | rubles }} руб.{% endif %}"

KINDS: dict[str, Kind] = {
    "activation": Kind("Подтвердите регистрацию в личном кабинете", ("link",)),
    "password_reset": Kind("Смена пароля в личном кабинете", ("link",)),
    "email_change": Kind("Подтвердите новый адрес электронной почты", ("link",)),
    "email_changed": Kind("Адрес электронной почты изменён"),
    "security_event": Kind("Важное изменение в личном кабинете", ("what",)),
    "readings_accepted": Kind("Показания приняты{% if number %}: лицевой счёт {{ number }}{% endif %}"),
    "payment_received": Kind(f"Платёж получен{_SUM}", ("order_id",)),
    "card_expires": Kind("Срок сохранённой карты {{ masked_pan }} истекает", ("masked_pan", "expires_on")),
    "autopay_planned": Kind(
        "Завтра спишется {{ amount | rubles }} руб. за лицевой счёт {{ number }}", ("number", "amount", "on")
    ),
    "autopay_left": Kind("Автоплатёж не прошёл: лицевой счёт {{ number }}", ("number", "text")),
    "payment_refunded": Kind(f"Возврат платежа{_SUM}", ("order_id",)),
    "refund_refused": Kind(f"Возврат не состоялся{_SUM}", ("order_id",)),
    "reminder_window_opens": Kind("Пора передать показания счётчиков", ("number",)),
    "reminder_window_closes": Kind("Показания ещё не переданы", ("number",)),
    "reminder_receipt": Kind("{{ title }}", ("number", "title")),
    "reminder_debt": Kind("Задолженность по лицевому счёту {{ number }}", ("number", "amount")),
    "reminder_verification": Kind("Подходит срок поверки счётчика", ("number", "meters")),
    "receipt": Kind("{{ title }}", ("number", "title")),
    "notice": Kind("{{ title }}", ("title", "text")),
    "emergency": Kind("{{ title }}", ("title", "text")),
    "emergency_over": Kind("Устранено: {{ title }}", ("title",)),
    "own_data": Kind("Ваши данные из личного кабинета готовы", ("until",)),
    "account_unbound": Kind("Лицевой счёт {{ number }} отвязан", ("number", "reason")),
    "staff_invitation": Kind("Приглашение на рабочее место сотрудника", ("link",)),
    "staff_passkey": Kind("{{ what }}: рабочее место сотрудника", ("what", "passkey", "at")),
    "request_changed": Kind("Заявка № {{ number }}: {{ status_title }}", ("number", "status_title")),
    "request_received": Kind(
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
    kind = KINDS.get(template)
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
    return _environment().overlay(autoescape=False).from_string(KINDS[template].subject)


def _day(value: str) -> str:
    """Show ``2019-09-28`` as ``28.09.2019``."""
    return date.fromisoformat(value[:10]).strftime("%d.%m.%Y")
