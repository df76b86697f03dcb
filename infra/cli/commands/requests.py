"""`cabinet requests list|show|answer`: what subscribers ask for, and what the staff answer."""

from __future__ import annotations

import argparse
import sys
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from cabinet.core.identifiers import own_part
from infra.cli import environment
from infra.cli.csv_table import write_table
from infra.cli.errors import CommandError
from infra.cli.input_files import read_bytes
from infra.cli.request_answers import answer_one, find_request
from infra.cli.spreadsheet_rows import SpreadsheetRow, read_rows
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cabinet.accounts.model import Account
    from cabinet.accounts.supplier_model import Supplier
    from cabinet.service_requests.model import SubscriberRequest


COLUMNS = (
    "number", "kind", "status", "created_at", "ls", "name", "address", "phone", "service", "files", "text",
)  # fmt: skip
ANSWERS = ("number", "status", "text")
_BATCH = 50
"""Accounts read at once, beside their suppliers."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("requests", help="subscribers' requests: list, show, answer")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what is to be done, emergencies first")
    listing.add_argument("-o", "--output", type=Path, metavar="FILE", help="write a registry (CSV) here")
    which = listing.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="the done and rejected ones too, newest first")
    which.add_argument("--status", metavar="S", help="those in one state: new, answered, done, …")
    showing = actions.add_parser("show", help="one request with links to its files")
    showing.add_argument("number", metavar="NUMBER")
    answering = actions.add_parser("answer", help="answer one request, or a registry of answers")
    answering.add_argument("number", nargs="?", metavar="NUMBER")
    answering.add_argument("--status", metavar="S", help="in_progress, answered (default), done or rejected")
    answering.add_argument("--text", metavar="T", default="")
    answering.add_argument(
        "--file", type=Path, action="append", default=[], metavar="FILE",
        help="a photo or PDF to attach; several: once each",
    )  # fmt: skip
    answering.add_argument("--registry", type=Path, metavar="FILE", help=f"CSV {';'.join(ANSWERS)}")
    for each, run in ((listing, list_requests), (showing, show), (answering, answer)):
        each.add_argument("--supplier", metavar="ID", help="default: every supplier that takes requests")
        environment.run_on_stack(each, run)


def list_requests(arguments: argparse.Namespace) -> int:
    """Print the requests that are to be done (or others), or write them as a registry."""
    from cabinet.audit.model import Action
    from infra.cli.command_audit import audit_list
    from infra.cli.supplier_option import supplier_with_feature

    if arguments.supplier is not None:
        supplier_with_feature(arguments.supplier, "requests")
    if arguments.status is not None:
        _require_status(arguments.status)
    asked = _suppliers(arguments.supplier)
    audit_list(Action.REQUESTS_LISTED, asked, status=arguments.status or ("all" if arguments.all else "open"))
    found = [
        request
        for supplier_id in asked
        for request in _found(supplier_id, arguments.status, closed_too=arguments.all)
    ]
    rows = _cells(found)
    write_table(COLUMNS, rows, arguments.output)
    if arguments.output is not None:
        what = "requests" if arguments.all or arguments.status else "open requests"
        print(f"{what}: {len(rows)}; written to {arguments.output}")
    return 0


def _found(supplier_id: str, status: str | None, *, closed_too: bool) -> Iterator[SubscriberRequest]:
    from cabinet.service_requests.store import closed_requests, open_requests

    for request in open_requests(supplier_id):
        if status in (None, request.status):
            yield request
    if closed_too or status is not None:
        for request in closed_requests(supplier_id):
            if status in (None, request.status):
                yield request


def _require_status(typed: str) -> None:
    from cabinet.service_requests.model import Status

    if typed not in (*Status,):
        raise CommandError(f"no status {typed}; there are: {', '.join(Status)}")


def show(arguments: argparse.Namespace) -> int:
    """Print one request, its answers, and a link of five minutes to each file."""
    from cabinet.audit.model import Action
    from cabinet.audit.store import Subject
    from cabinet.service_requests import files
    from infra.cli.command_audit import record_access
    from infra.cli.supplier_option import find_supplier, local_time

    request = find_request(_suppliers(arguments.supplier), arguments.number)
    subject = Subject(f"account:{request.account_id}", (request.supplier_id,))
    record_access(Action.REQUEST_SHOWN, subject)
    supplier = find_supplier(request.supplier_id)
    for name, value in zip(COLUMNS, *_cells([request]), strict=True):
        print(f"{name}: {value}")
    for reply in request.replies:
        print(f"{local_time(reply.at, supplier)}  {reply.status}  {reply.text}")
    for file in request.all_files:
        print(f"{file.name} ({file.content_type}, {file.size}): {files.link(file)}")
    return 0


def answer(arguments: argparse.Namespace) -> int:
    """Answer; the subscriber sees it on the page and gets a mail. The same answer twice changes nothing."""
    if (arguments.number is None) == (arguments.registry is None):
        raise CommandError("name one request, or a registry of answers with --registry")
    if arguments.registry is None:
        typed = {
            "number": arguments.number, "status": arguments.status or "answered", "text": arguments.text,
        }  # fmt: skip
        rows = [SpreadsheetRow(0, typed)]
    else:
        rows = read_rows(arguments.registry, ANSWERS)
    if arguments.registry is not None and arguments.file:
        raise CommandError("files go with one request, not with a registry")
    attached = [(path.name, read_bytes(path)) for path in arguments.file]
    suppliers = _suppliers(arguments.supplier)
    refused = [reason for row in rows if (reason := answer_one(suppliers, row, attached))]
    for reason in refused:
        print(reason, file=sys.stderr)
    print(f"answered: {len(rows) - len(refused)}; refused: {len(refused)}")
    return 1 if refused else 0


def _suppliers(named: str | None) -> list[str]:
    """Return the supplier named, or all that take requests."""
    from cabinet.accounts.store import all_suppliers

    if named is not None:
        return [named]
    return [supplier.supplier_id for supplier in all_suppliers() if supplier.offers("requests")]


def _cells(requests: list[SubscriberRequest]) -> list[list[str]]:
    """Return the requests as rows: whose account, which address, when by the supplier's clock."""
    from cabinet.accounts.store import accounts_and_suppliers
    from infra.cli.supplier_option import local_time

    accounts: dict[str, Account] = {}
    suppliers: dict[str, Supplier] = {}
    for group in batched(dict.fromkeys(request.account_id for request in requests), _BATCH, strict=False):
        found, of = accounts_and_suppliers(group)
        accounts |= found
        suppliers |= of
    return [
        [
            request.number, request.kind, request.status,
            local_time(request.created_at, suppliers[request.supplier_id]),
            own_part(request.account_id),
            account.holder if account else "", account.address.line if account else "",
            request.contact_phone or "", request.service_title or "", str(len(request.files)), request.text,
        ]
        for request in requests
        for account in [accounts.get(request.account_id)]
    ]  # fmt: skip
