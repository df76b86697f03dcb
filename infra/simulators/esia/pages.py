"""The simulator's page: whom to be."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

from infra.simulators.esia.users import TEST_USERS

_PAGE = Template(Path(__file__).with_name("choose_user.html").read_text("utf-8"))


def choose_user_page(asked: Mapping[str, str]) -> str:
    """Return the page that asks whom to be; `asked` is carried along."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in asked.items()
    )
    buttons = "".join(
        f'<button name="oid" value="{citizen.oid}">Войти: {escape(citizen.title)}</button>'
        for citizen in TEST_USERS.values()
    )
    return _PAGE.substitute(hidden=hidden, buttons=buttons)
