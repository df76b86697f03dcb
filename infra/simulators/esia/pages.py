"""The simulator's page: whom to be."""

from collections.abc import Mapping
from html import escape

from infra.simulators.esia.users import TEST_USERS

_PAGE = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Госуслуги (имитация)</title>
<style>body{{font:18px/1.5 sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem}}
button{{font:inherit;display:block;width:100%;margin:.5rem 0;padding:.7rem;text-align:left}}</style></head>
<body><main><h1>Вход</h1><p>Это не Госуслуги, а их имитация для проверки «Личного кабинета». Кем войти?</p>
<form method="post" action="enter">{hidden}{buttons}
<button name="oid" value="">Отказаться</button></form></main></body></html>"""


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
    return _PAGE.format(hidden=hidden, buttons=buttons)
