"""`cabinet notice`: publish to a supplier, street, house, account, or by a registry; list, correct, end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli import environment
from infra.cli.command_audit import notice_audit_writer
from infra.cli.errors import CommandError
from infra.cli.notice_rows import (
    PlannedNotice,
    check_texts,
    check_validity,
    houses_needed,
    parse_moment,
    plan_notice,
)
from infra.cli.spreadsheet_rows import RowRejected, read_rows, reject_rows
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from typing import TextIO

    from cabinet.accounts.supplier_model import Supplier
    from cabinet.notices.model import Publication


COLUMNS = ("ls", "street", "house", "title", "text")
FURTHER_COLUMNS = ("city", "kind", "from", "until")
KINDS = ("common", "emergency", "planned")
_LISTED = 50


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("notice", help="notices to subscribers: publish, list, correct, end")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    publishing = actions.add_parser("publish", help="post it on the page «Уведомления» and mail it")
    publishing.add_argument("--account", metavar="N", help="to one account; default: to all of the supplier")
    publishing.add_argument("--street", metavar="S", help="to all houses of a street, as people write it")
    publishing.add_argument("--house", metavar="H", help="to one house of the street: «1к2», «д. 1 к. 2»")
    publishing.add_argument("--city", metavar="C", help="where several towns have such a street")
    publishing.add_argument("--title", metavar="T")
    publishing.add_argument("--text", metavar="T")
    publishing.add_argument(
        "--kind", choices=KINDS, default="common", help="an emergency is mailed to everyone; default: common"
    )
    publishing.add_argument("--from", dest="valid_from", metavar="TIME", help="when it begins")
    publishing.add_argument(
        "--until", metavar="TIME", help="when it ends: «26.11.2026 18:00», by the supplier's clock"
    )
    publishing.add_argument("--again", action="store_true", help="post once more what is posted already")
    publishing.add_argument("--dry-run", action="store_true", help="only count whom it would reach")
    publishing.add_argument(
        "--registry", type=Path, metavar="FILE",
        help=f"many at once: CSV {';'.join(COLUMNS)}, and if needed {';'.join(FURTHER_COLUMNS)}",
    )  # fmt: skip
    listing = actions.add_parser("list", help="what was published, newest first")
    listing.add_argument("--all", action="store_true", help=f"all of them, not the last {_LISTED}")
    correcting = actions.add_parser(
        "correct", help="change a notice wherever it is posted; it is not mailed again"
    )
    correcting.add_argument("--title", metavar="T")
    correcting.add_argument("--text", metavar="T")
    correcting.add_argument("--until", metavar="TIME")
    ending = actions.add_parser(
        "end", help="say that it is over («устранено»); emails not sent yet stay unsent"
    )
    for each in (correcting, ending):
        each.add_argument("notice", metavar="NOTICE", help="its identifier, as `notice list` shows it")
    acts = ((publishing, run), (listing, list_published), (correcting, correct), (ending, end))
    for each, act in acts:
        each.add_argument("--supplier", required=True, metavar="ID")
        environment.run_on_stack(each, act)


def run(arguments: argparse.Namespace) -> int:
    """Publish one notice or a whole registry; what is posted already is recognised and not posted again."""
    from cabinet.notices.publications import publish
    from infra.cli.supplier_option import supplier_with_feature

    supplier = supplier_with_feature(arguments.supplier, "notices")
    if arguments.registry is None:
        row = _typed_row(arguments)
        plans = [plan_notice(supplier, row, houses_needed(supplier, [row]), is_repeat=arguments.again)]
    else:
        plans = _planned_of_registry(supplier, arguments.registry, is_repeat=arguments.again)
    planned = {each.publication.publication_id: each for each in plans}
    for each in planned.values():
        # A registry's report is its last line; whom each row reaches is said beside it.
        _print_reach(each, sys.stdout if arguments.registry is None else sys.stderr)
    if arguments.dry_run:
        return 0
    new = sum(
        publish(each.publication, supplier, notice_audit_writer(each.publication, "NOTICE_PUBLISHED"))
        for each in planned.values()
    )
    print(f"published: {new}; published before: {len(plans) - new}")
    return 0


def _planned_of_registry(supplier: Supplier, path: Path, *, is_repeat: bool) -> list[PlannedNotice]:
    """Return the notices of a registry; raises CommandError with all issues before anything is posted."""
    rows = read_rows(path, COLUMNS, FURTHER_COLUMNS)
    houses = houses_needed(supplier, [row.cells for row in rows])
    planned: list[PlannedNotice] = []
    refused: list[str] = []
    first: dict[str, int] = {}
    for row in rows:
        try:
            planned.append(plan_notice(supplier, row.cells, houses, is_repeat=is_repeat))
        except RowRejected as refusal:
            refused.append(refusal.at(row.line))
            continue
        line = first.setdefault(planned[-1].publication.publication_id, row.line)
        if line != row.line:
            print(f"строка {row.line}: то же, что в строке {line}; уведомление будет одно", file=sys.stderr)
    reject_rows(path, refused)
    return planned


def list_published(arguments: argparse.Namespace) -> int:
    """Print the supplier's notices, newest first, by its clock."""
    from cabinet.core import clock
    from cabinet.notices.publications import list_by_supplier
    from infra.cli.supplier_option import local_time, supplier_with_feature

    supplier = supplier_with_feature(arguments.supplier, "notices")
    now = clock.timestamp(clock.now())
    for count, each in enumerate(list_by_supplier(supplier.supplier_id)):
        if count == _LISTED and not arguments.all:
            print(f"the last {_LISTED} of them; all: --all")
            break
        state = "over" if each.is_over(now) else "hangs"
        term = [
            f"{name} {local_time(time, supplier)}"
            for name, time in (
                ("from", each.valid_from),
                ("until", each.valid_until),
                ("ended", each.ended_at),
            )
            if time
        ]
        published_at = local_time(each.published_at, supplier)
        print("  ".join((each.publication_id, published_at, each.kind, state, each.where, each.title, *term)))
    return 0


def correct(arguments: argparse.Namespace) -> int:
    """Change title, text or end of a notice on all its boards."""
    from cabinet.core.errors import Conflict
    from cabinet.notices import publications
    from infra.cli.supplier_option import supplier_with_feature

    supplier = supplier_with_feature(arguments.supplier, "notices")
    existing = _published(supplier, arguments.notice)
    title, text = (None if typed is None else typed.strip() for typed in (arguments.title, arguments.text))
    if title is None and text is None and arguments.until is None:
        raise CommandError("nothing to correct: give --title, --text or --until")
    check_texts(existing.title if title is None else title, existing.text if text is None else text)
    until = parse_moment(arguments.until, supplier, ends=True)
    check_validity(existing.valid_from, until)
    try:
        publications.correct(
            existing, title=title, text=text, valid_until=until,
            add_audit_row=notice_audit_writer(existing, "NOTICE_CORRECTED"),
        )  # fmt: skip
    except Conflict as conflict:
        raise CommandError(_error_text(conflict)) from None
    print(f"corrected: {existing.publication_id}; emails that went out say what they said")
    return 0


def end(arguments: argparse.Namespace) -> int:
    """End a notice; ending it twice changes nothing."""
    from cabinet.core.errors import Conflict
    from cabinet.notices import publications
    from infra.cli.supplier_option import local_time, supplier_with_feature

    supplier = supplier_with_feature(arguments.supplier, "notices")
    try:
        existing = _published(supplier, arguments.notice)
        ended = publications.end(existing, notice_audit_writer(existing, "NOTICE_ENDED"))
    except Conflict as conflict:
        raise CommandError(_error_text(conflict)) from None
    print(f"ended: {ended.publication_id}, {local_time(ended.ended_at or '', supplier)}")
    return 0


def _published(supplier: Supplier, publication_id: str) -> Publication:
    from cabinet.core.errors import NotFound
    from cabinet.notices.publications import require_publication

    try:
        return require_publication(supplier.supplier_id, publication_id)
    except NotFound:
        raise CommandError(f"{supplier.supplier_id} has no notice {publication_id}") from None


def _error_text(conflict: Exception) -> str:
    from cabinet.notices.publications import NoticeEnded

    if isinstance(conflict, NoticeEnded):
        return "the notice is over: publish a new one"
    return "somebody else has changed the notice meanwhile: look at it and try again"


def _typed_row(arguments: argparse.Namespace) -> dict[str, str]:
    row = {
        "ls": arguments.account, "street": arguments.street, "house": arguments.house,
        "city": arguments.city, "title": arguments.title, "text": arguments.text,
        "kind": arguments.kind, "from": arguments.valid_from, "until": arguments.until,
    }  # fmt: skip
    return {name: (value or "").strip() for name, value in row.items()}


def _print_reach(planned: PlannedNotice, stream: TextIO) -> None:
    reach = planned.reach
    nobody = "" if reach.subscribers else " (nobody has bound them yet; whoever does will see it)"
    print(
        f"notice {planned.publication.publication_id}, {planned.publication.where}: houses {reach.houses},"
        f" accounts {reach.accounts}, subscribers {reach.subscribers}{nobody}, by mail {reach.by_mail}",
        file=stream,
    )
