"""`cabinet requests list|show|answer`: what subscribers ask for, and what the staff answer."""

from __future__ import annotations

import argparse
import csv
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from infra import target
from infra.refusal import RefusalError

if TYPE_CHECKING:
    from cabinet.messaging.requests.model import SubscriberRequest

type Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

COLUMNS = ("number", "kind", "status", "created_at", "ls", "phone", "service", "files", "text")
ANSWERS = ("number", "status", "text")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("requests", help="subscribers' requests: list, show, answer")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what is to be done, emergencies first")
    listing.add_argument("-o", "--output", type=Path, metavar="FILE", help="write a registry (CSV) here")
    listing.set_defaults(run=list_open)
    showing = actions.add_parser("show", help="one request with links to its files")
    showing.add_argument("number", metavar="NUMBER")
    showing.set_defaults(run=show)
    answering = actions.add_parser("answer", help="answer one request, or a registry of answers")
    answering.add_argument("number", nargs="?", metavar="NUMBER")
    answering.add_argument("--status", metavar="S", help="in_progress, answered (default), done or rejected")
    answering.add_argument("--text", metavar="T", default="")
    answering.add_argument("--registry", type=Path, metavar="FILE", help=f"CSV {';'.join(ANSWERS)}")
    answering.set_defaults(run=answer)
    for each in (listing, showing, answering):
        each.add_argument("--supplier", metavar="ID", help="default: every supplier that takes requests")
        target.add_options(each)


def list_open(arguments: argparse.Namespace) -> int:
    """Print the open requests, or write them as a registry."""
    target.use(arguments)
    from cabinet.messaging.requests.store import open_requests
    from infra.staff import supplier_offering

    if arguments.supplier is not None:
        supplier_offering(arguments.supplier, "requests")
    rows = [_cells(each) for supplier in _suppliers(arguments.supplier) for each in open_requests(supplier)]
    if arguments.output is None:
        _write(sys.stdout, rows)
    else:
        with arguments.output.open("w", encoding="utf-8-sig", newline="") as file:
            _write(file, rows)
        print(f"open requests: {len(rows)}; written to {arguments.output}")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Print one request, its answers, and a link of five minutes to each file."""
    target.use(arguments)
    from cabinet.messaging.requests import files

    request = _numbered(_suppliers(arguments.supplier), arguments.number)
    for name, value in zip(COLUMNS, _cells(request), strict=True):
        print(f"{name}: {value}")
    for reply in request.replies:
        print(f"{reply.at[:16]}  {reply.status}  {reply.text}")
    for file in request.files:
        print(f"{file.name} ({file.content_type}, {file.size}): {files.link(file)}")
    return 0


def answer(arguments: argparse.Namespace) -> int:
    """Answer; the subscriber sees it on the page and gets a mail. The same answer twice changes nothing."""
    target.use(arguments)
    from infra.staff import read_rows

    if (arguments.number is None) == (arguments.registry is None):
        raise RefusalError("name one request, or a registry of answers with --registry")
    if arguments.registry is None:
        rows = [
            {"number": arguments.number, "status": arguments.status or "answered", "text": arguments.text}
        ]
    else:
        rows = read_rows(arguments.registry, ANSWERS)
    suppliers = _suppliers(arguments.supplier)
    refused = [reason for row in rows if (reason := _answer_one(suppliers, row))]
    for reason in refused:
        print(reason, file=sys.stderr)
    print(f"answered: {len(rows) - len(refused)}; refused: {len(refused)}")
    return 1 if refused else 0


def _answer_one(suppliers: list[str], row: dict[str, str]) -> str | None:
    """Answer one request; return why it was refused, None when it was not."""
    from cabinet.errors import DomainError
    from cabinet.messaging.requests.model import Status
    from cabinet.messaging.requests.store import answer

    if row["status"] not in (*Status,):
        return f"{row['number']}: no status {row['status']}"
    try:
        answer(_numbered(suppliers, row["number"]), Status(row["status"]), row["text"])
    except RefusalError as refusal:
        return str(refusal)
    except DomainError as error:
        return f"{row['number']}: {error.detail}"
    return None


def _suppliers(named: str | None) -> list[str]:
    """Return the supplier named, or all that take requests."""
    from cabinet.accounts.store import all_suppliers

    if named is not None:
        return [named]
    return [supplier.supplier_id for supplier in all_suppliers() if supplier.offers("requests")]


def _numbered(suppliers: list[str], number: str) -> SubscriberRequest:
    """Return the request; a number is one supplier's own, so that of several must be told apart."""
    from cabinet.errors import NotFound
    from cabinet.messaging.requests.store import numbered

    found = []
    for supplier_id in suppliers:
        with suppress(NotFound):
            found.append(numbered(supplier_id, number))
    if not found:
        raise RefusalError(f"{', '.join(suppliers) or 'nobody'} has no request {number}")
    if len(found) > 1:
        raise RefusalError(f"several suppliers have a request {number}: name one with --supplier")
    return found[0]


def _cells(request: SubscriberRequest) -> list[str]:
    return [
        request.number, request.kind, request.status, request.created_at[:16],
        request.account_id.partition(":")[2], request.contact_phone or "", request.service_title or "",
        str(len(request.files)), request.text,
    ]  # fmt: skip


def _write(file: object, rows: list[list[str]]) -> None:
    from cabinet.exchange.outbound import harmless

    writer = csv.writer(file, delimiter=";", lineterminator="\n")  # type: ignore[arg-type]
    writer.writerow(COLUMNS)
    writer.writerows([[harmless(cell) for cell in row] for row in rows])
