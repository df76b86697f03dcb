"""`cabinet notice publish`: hangs a notice for a supplier, a house or an account, or a registry of them."""

from __future__ import annotations

import argparse
import hashlib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from infra import target
from infra.refusal import RefusalError

if TYPE_CHECKING:
    from cabinet.accounts.model import Supplier

type Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

COLUMNS = ("ls", "street", "house", "title", "text")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("notice", help="publish a notice to subscribers")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    publish = actions.add_parser("publish", help="hang it on the page «Уведомления» and mail it")
    publish.add_argument("--supplier", required=True, metavar="ID")
    publish.add_argument("--account", metavar="N", help="to one account; default: to all of the supplier")
    publish.add_argument("--street", metavar="S", help="to one house, with --house")
    publish.add_argument("--house", metavar="H")
    publish.add_argument("--title", metavar="T")
    publish.add_argument("--text", metavar="T")
    publish.add_argument(
        "--registry", type=Path, metavar="FILE", help=f"many at once: CSV {';'.join(COLUMNS)}"
    )
    target.add_options(publish)
    publish.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Publish one notice or a whole registry; a registry that comes twice hangs nothing twice."""
    target.use(arguments)
    from infra.staff import read_rows, supplier_offering

    supplier = supplier_offering(arguments.supplier, "notices")
    if arguments.registry is None:
        row = {
            "ls": arguments.account, "street": arguments.street, "house": arguments.house,
            "title": arguments.title, "text": arguments.text,
        }  # fmt: skip
        rows = {uuid.uuid4().hex: {name: (value or "").strip() for name, value in row.items()}}
    else:
        read = read_rows(arguments.registry, COLUMNS)
        rows = {_publication_id(supplier.supplier_id, arguments.registry.name, row): row for row in read}
    for row in rows.values():
        _check(supplier, row)
    new = sum(_publish(supplier, publication_id, row) for publication_id, row in rows.items())
    print(f"published: {new}; published before: {len(rows) - new}")
    return 0


def _publication_id(supplier_id: str, registry: str, row: dict[str, str]) -> str:
    parts = "\x1f".join((supplier_id, registry, *(row[column] for column in COLUMNS)))
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


def _check(supplier: Supplier, row: dict[str, str]) -> None:
    """Refuse the whole run before anything hangs: an empty text, a street without a house, no account."""
    if not 1 <= len(row["title"]) <= 200 or not 1 <= len(row["text"]) <= 4000:
        raise RefusalError("a notice needs a title (up to 200 characters) and a text (up to 4000)")
    if row["street"] and not row["house"]:
        raise RefusalError("a house needs its number: --house")
    if row["house"] and row["ls"]:
        raise RefusalError("to a house or to an account, not to both")
    if row["ls"]:
        _find_account_id(supplier, row["ls"])


def _find_account_id(supplier: Supplier, number: str) -> str:
    """Return the stored identifier: a number may be typed in another spelling than the registry has."""
    from cabinet import dynamo
    from cabinet.accounts.keys import account_key
    from cabinet.accounts.model import account_id_of
    from cabinet.dynamo import Table

    found = dynamo.get(Table.ACCOUNTS, account_key(account_id_of(supplier.supplier_id, number)))
    if found is None:
        raise RefusalError(f"{supplier.supplier_id} has no account {number}")
    return str(found["account_id"])


def _publish(supplier: Supplier, publication_id: str, row: dict[str, str]) -> bool:
    from cabinet.accounts.keys import house_of
    from cabinet.messaging import fanout
    from cabinet.messaging.fanout import AlreadyStarted
    from cabinet.messaging.notices.mailing import notice_job
    from cabinet.messaging.notices.model import account_board, house_board, supplier_board
    from cabinet.messaging.notices.store import AlreadyPublished, publish

    house = house_of(supplier.supplier_id, row["street"], row["house"]) if row["house"] else None
    account_id = _find_account_id(supplier, row["ls"]) if row["ls"] else None
    board = supplier_board(supplier.supplier_id)
    if account_id is not None:
        board = account_board(account_id)
    elif house is not None:
        board = house_board(house)
    title, text = row["title"], row["text"]
    job = notice_job(publication_id, supplier, title, text, house=house, account_id=account_id)
    try:
        publish(board, title, text, publication_id, job)
    except (AlreadyPublished, AlreadyStarted):
        return False
    fanout.dispatch(job)
    return True
