"""`cabinet residents index`: rows by which the desk finds residents, for data from before it had them.

Imports and profiles write them with each change; this is run once after the version that brought them
(docs/runbook.md), and changes nothing when it is run again.
"""

from __future__ import annotations

import argparse
import itertools

from infra.cli import environment
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("residents", help="what the desk finds residents by")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    indexing = actions.add_parser("index", help="write what the search needs of data from before it")
    indexing.add_argument("--supplier", metavar="ID", help="of one supplier; of all by default")
    environment.run_on_stack(indexing, index)


def index(arguments: argparse.Namespace) -> int:
    """Walk the suppliers' accounts and the profiles of everyone who has them bound."""
    from cabinet.accounts import search_index, store
    from cabinet.audit.model import Action
    from cabinet.aws.dynamo import BATCH_LIMIT
    from cabinet.identity.users import index_phones
    from infra.cli.command_audit import audit_action

    known = [each.supplier_id for each in store.all_suppliers()]
    if arguments.supplier and arguments.supplier not in known:
        raise CommandError(f"no supplier {arguments.supplier}")
    for supplier_id in [arguments.supplier] if arguments.supplier else known:
        audit_action(Action.RESIDENTS_INDEXED, f"supplier:{supplier_id}", [supplier_id])
        rows = search_index.write_rows(store.accounts_of_supplier(supplier_id))
        users = {str(row["pk"]).removeprefix("USER#") for row in store.bindings_of_supplier(supplier_id)}
        parts = itertools.batched(sorted(users), BATCH_LIMIT, strict=False)
        phones = sum(index_phones(part) for part in parts)
        print(f"{supplier_id}: rows of accounts: {rows}; telephones: {phones}")
    return 0
