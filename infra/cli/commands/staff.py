"""`cabinet staff`: who works at the desk, and the audit log; also invites the first owner."""

from __future__ import annotations

import argparse
import json
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli import environment
from infra.cli.csv_table import write_table
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cabinet.audit.model import AuditEntry
    from cabinet.aws.dynamo import Page
    from cabinet.aws.dynamo.serialization import Item
    from cabinet.staff.model import Member, Role

AUDIT_COLUMNS = ("at", "who", "name", "role", "action", "about", "before", "after", "reason")
ALL = "all"


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("staff", help="people of the desk: invite, list, roles, remove; audit log")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    inviting = actions.add_parser("invite", help="invite somebody by mail, or send the invitation anew")
    changing = actions.add_parser("roles", help="give somebody other roles and suppliers")
    for each, run in ((inviting, invite), (changing, change_roles)):
        each.add_argument("email", metavar="EMAIL")
        each.add_argument(
            "--role", action="append", required=True, metavar="R",
            help="operator, accountant, engineer or owner; several: once each",
        )  # fmt: skip
        each.add_argument(
            "--supplier", action="append", required=True, metavar="ID", help=f"several: once each; or {ALL}"
        )
        environment.run_on_stack(each, run)
    removing = actions.add_parser("remove", help="end somebody's access at once")
    removing.add_argument("email", metavar="EMAIL")
    environment.run_on_stack(removing, remove)
    showing = actions.add_parser("passkeys", help="somebody's passkeys, with the ids to remove them by")
    showing.add_argument("email", metavar="EMAIL")
    environment.run_on_stack(showing, list_passkeys)
    dropping = actions.add_parser("remove-passkey", help="remove a passkey; the person's sessions are over")
    dropping.add_argument("email", metavar="EMAIL")
    dropping.add_argument("passkey", metavar="ID", help=f"as `staff passkeys` shows it; or {ALL}")
    environment.run_on_stack(dropping, remove_passkey)
    listing = actions.add_parser("list", help="who works at the desk")
    environment.run_on_stack(listing, list_staff)
    auditing = actions.add_parser("audit", help="write the audit log as CSV, newest first")
    auditing.add_argument("--about", metavar="SUBJECT", help="account:<account id>, staff:<staff id>, …")
    auditing.add_argument("--who", metavar="ID", help="staff id, or command:<ARN>")
    auditing.add_argument("--from", dest="first_day", metavar="DAY", help="2026-11-01; default: a month ago")
    auditing.add_argument("-o", "--output", type=Path, metavar="FILE")
    environment.run_on_stack(auditing, audit)


def invite(arguments: argparse.Namespace) -> int:
    """Invite; the link is mailed, and printed for an installation whose mail does not work yet."""
    from cabinet.core import clock
    from cabinet.staff import invitations
    from infra.cli.command_audit import command_author

    roles, suppliers = _roles(arguments.role), _suppliers(arguments.supplier)
    with _refusals():
        invited = invitations.invite(command_author(), arguments.email, roles, suppliers, clock.now())
    print(f"invited: {invited.member.email}; the link is good for three days:\n{invited.link}")
    return 0


def change_roles(arguments: argparse.Namespace) -> int:
    """Replace somebody's roles and suppliers; their sessions are over."""
    from cabinet.core import clock
    from cabinet.staff import access
    from infra.cli.command_audit import command_author

    roles, suppliers = _roles(arguments.role), _suppliers(arguments.supplier)
    member = _member(arguments.email)
    with _refusals():
        access.change_access(command_author(), None, member.staff_id, roles, suppliers, clock.now())
    print(f"{member.email}: {', '.join(roles)}; {', '.join(arguments.supplier)}")
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """End somebody's access."""
    from cabinet.core import clock
    from cabinet.staff import access
    from infra.cli.command_audit import command_author

    member = _member(arguments.email)
    with _refusals():
        access.remove(command_author(), None, member.staff_id, clock.now())
    print(f"removed: {member.email}")
    return 0


def list_passkeys(arguments: argparse.Namespace) -> int:
    """Print somebody's passkeys: id, name, the day of adding and of the last use."""
    from cabinet.staff import passkeys

    for each in passkeys.list_passkeys(_member(arguments.email).staff_id):
        used = f"used {each.used_at[:10]}" if each.used_at else "never used"
        print(f"{each.passkey_id}\t{each.name}\tadded {each.created_at[:10]}\t{used}")
    return 0


def remove_passkey(arguments: argparse.Namespace) -> int:
    """Remove one of somebody's passkeys, or all; they get a mail."""
    from cabinet.core import clock
    from cabinet.staff import passkeys
    from infra.cli.command_audit import command_author

    member = _member(arguments.email)
    known = {each.passkey_id: each.name for each in passkeys.list_passkeys(member.staff_id)}
    wanted = list(known) if arguments.passkey == ALL else [arguments.passkey]
    for passkey_id in wanted:
        if passkey_id not in known:
            raise CommandError(f"{member.email} has no passkey {passkey_id}")
        with _refusals():
            passkeys.remove_by_command(command_author(), _member(member.email), passkey_id, clock.now())
        print(f"removed: {member.email}, {known[passkey_id]}")
    if not wanted:
        print(f"{member.email} has no passkeys")
    return 0


def list_staff(arguments: argparse.Namespace) -> int:
    """Print who works at the desk."""
    from cabinet.staff.members import list_members

    for each in list_members():
        state = f"since {each.joined_at[:10]}" if each.joined_at else "invited"
        print(f"{each.email}\t{each.name}\t{','.join(each.roles)}\t{','.join(each.suppliers)}\t{state}")
    return 0


def audit(arguments: argparse.Namespace) -> int:
    """Write the entries about somebody, by somebody, or of all since a day."""
    from cabinet.audit.model import Action
    from infra.cli.command_audit import audit_list

    first = _day(arguments.first_day)
    asked = {"about": arguments.about, "who": arguments.who, "from": first.isoformat()}
    audit_list(Action.AUDIT_SHOWN, None, **{name: value for name, value in asked.items() if value})
    rows = [_cells(entry) for entry in _entries(arguments.about, arguments.who, first)]
    write_table(AUDIT_COLUMNS, rows, arguments.output)
    if arguments.output is not None:
        print(f"entries: {len(rows)}; written to {arguments.output}")
    return 0


def _day(typed: str | None) -> date:
    from cabinet.core import clock

    try:
        return date.fromisoformat(typed) if typed else clock.now().date() - timedelta(days=31)
    except ValueError:
        raise CommandError(f"no day {typed}: write it as 2026-11-01") from None


def _entries(about: str | None, who: str | None, first: date) -> Iterator[AuditEntry]:
    from cabinet.audit import store
    from cabinet.core import clock

    if about or who:
        list_page = partial(store.list_about, about) if about else partial(store.list_by_person, who or "")
        for entry in _all_entries(list_page):
            if entry.at >= first.isoformat() and who in (None, entry.who):
                yield entry
        return
    day = clock.now().date()
    while day >= first:
        yield from _all_entries(partial(store.list_by_day, day.isoformat()))
        day -= timedelta(days=1)


def _all_entries(list_page: Callable[[Item | None], Page]) -> Iterator[AuditEntry]:
    """Yield the entries of all pages; `list_page` gives the one after a key."""
    from cabinet.audit import store

    after = None
    while True:
        page = list_page(after)
        yield from store.entries(page)
        after = page.next_key
        if after is None:
            return


def _cells(entry: AuditEntry) -> list[str]:
    before, after = (
        json.dumps(each, ensure_ascii=False) if each else "" for each in (entry.before, entry.after)
    )
    return [
        entry.at, entry.who, entry.name, entry.role, entry.title, entry.about, before, after, entry.reason,
    ]  # fmt: skip


def _roles(typed: list[str]) -> list[Role]:
    from cabinet.staff.model import Role

    wrong = [role for role in typed if role not in (*Role,)]
    if wrong:
        raise CommandError(f"no role {wrong[0]}; there are: {', '.join(Role)}")
    return [Role(role) for role in dict.fromkeys(typed)]


def _suppliers(typed: list[str]) -> list[str]:
    from cabinet.accounts.store import suppliers
    from cabinet.audit.model import EVERY_SUPPLIER

    if ALL in typed:
        return [EVERY_SUPPLIER]
    known = suppliers(typed)
    for supplier_id in typed:
        if supplier_id not in known:
            raise CommandError(f"no supplier {supplier_id}")
    return list(dict.fromkeys(typed))


def _member(email: str) -> Member:
    from cabinet.staff.members import find_by_email

    member = find_by_email(email)
    if member is None:
        raise CommandError(f"nobody at the desk has the address {email}")
    return member


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn a refusal of the domain into the command's sentence."""
    from cabinet.core.errors import DomainError, ServiceUnavailable

    try:
        yield
    except ServiceUnavailable:
        raise
    except DomainError as error:
        raise CommandError(error.detail) from None
