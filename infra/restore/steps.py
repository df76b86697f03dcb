"""The steps of a restore and of its undoing, in order; each may be run again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cabinet.audit.model import Action
from cabinet.autopay.hold import hold_row
from cabinet.aws.dynamo import IS_ABSENT
from cabinet.aws.dynamo.serialization import serialize_item
from cabinet.core import clock
from infra.cli.command_audit import audit_in_tables
from infra.cli.errors import CommandError
from infra.restore import table_copies, table_swap
from infra.restore.table_copies import Copy, copy_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from infra.build.template import Tree
    from infra.doctor.installation import Installation

_PAYMENTS = "PaymentsTable"
_USERS = "UsersTable"
"""The audit log's table, as the template names it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it does, in words, and how."""

    title: str
    run: Callable[[], None]


def copies(installation: Installation, at: datetime, tables: Sequence[str]) -> list[Copy]:
    """Return what is to be copied: of each table the one that is in use."""
    declared = dict(installation.template.resources("AWS::DynamoDB::Table"))
    _reject_unknown(tables, declared)
    return [
        Copy(name, declared[name], installation.table(name), copy_name(installation.stack, name, at), at)
        for name in declared
        if not tables or name in tables
    ]


def restore_steps(
    installation: Installation, copies_: Sequence[Copy], confirm: Callable[[], None]
) -> list[Step]:
    """Return the steps: everything is copied and checked before anything that is in use changes."""
    dynamodb, cloudformation = installation.client("dynamodb"), installation.client("cloudformation")
    waiting = [copy for copy in copies_ if copy.name != copy.source]  # the rest is in use already

    def each(work: Callable[[Copy], object]) -> Callable[[], None]:
        def run() -> None:
            for copy in waiting:
                said = work(copy)
                if said is not None:
                    print(f"   {copy.logical_id}: {said}", flush=True)

        return run

    def swap() -> None:
        table_swap.swap(cloudformation, installation.stack, {copy.logical_id: copy.name for copy in copies_})

    def note() -> None:
        if waiting:
            coming = {copy.logical_id: copy.name for copy in waiting}
            _audit(installation, Action.TABLES_RESTORED, coming, {"at": waiting[0].at.isoformat()})

    def hold() -> None:
        if waiting:
            _hold_autopay(installation, {copy.logical_id: copy.name for copy in waiting})

    names = ", ".join(f"{copy.source} → {copy.name}" for copy in waiting) or "nothing: the copies are in use"
    parameters = ", ".join(table_swap.parameter_of(copy.logical_id) for copy in copies_)
    return [
        Step("can the tables go back to that moment?", each(partial(table_copies.check_moment, dynamodb))),
        Step(f"copy {names}", each(partial(table_copies.start_copy, dynamodb))),
        Step("wait until the copies can be read", each(partial(table_copies.wait_for_copy, dynamodb))),
        Step(
            "turn on expiry, recovery, protection of the copies",
            each(partial(table_copies.apply_table_settings, dynamodb)),
        ),
        Step("check keys, indexes, settings and rows", each(partial(table_copies.check_copy, dynamodb))),
        Step("ask whether that is right", confirm),
        Step("note it in the audit log, in the table of now and in its copy", note),
        Step("hold autopay in the tables that come", hold),
        Step(f"put the copies to use by {parameters}", swap),
    ]


def undo_steps(installation: Installation, tables: Sequence[str]) -> list[Step]:
    """Return the one step that puts the stack's own tables to use again; the copies stay."""
    declared = [name for name, _ in installation.template.resources("AWS::DynamoDB::Table")]
    _reject_unknown(tables, declared)
    chosen = dict.fromkeys(tables or declared, "")

    def undo() -> None:
        own = {name: installation.names[name] for name in chosen}
        if any(installation.table(name) != table for name, table in own.items()):
            _audit(installation, Action.TABLES_RESTORE_UNDONE, own, {})
            _hold_autopay(installation, own)
        table_swap.swap(installation.client("cloudformation"), installation.stack, chosen)

    return [Step(f"put the stack's own tables to use again: {', '.join(chosen)}", undo)]


def _audit(installation: Installation, action: Action, coming: Mapping[str, str], after: Tree) -> None:
    """Write the audit row of tables that are about to be put to use instead of others.

    Where Users is among them it is written into both, the one in use and the one that comes: whichever the
    functions read afterwards, the row is there, also when the stack's update is rolled back.
    """
    in_use = installation.table(_USERS)
    audit_in_tables(
        installation.client("dynamodb"), [in_use, coming.get(_USERS, in_use)], action,
        f"stack:{installation.stack}",
        before={name: installation.table(name) for name in coming}, after={**coming, **after},
    )  # fmt: skip


def _hold_autopay(installation: Installation, coming: Mapping[str, str]) -> None:
    """Hold autopay in the Payments table that will be in use: what was charged since is not in what comes.

    Another table alone is reason enough: Accounts knows what was paid, Users whose accounts they are.
    """
    table = coming.get(_PAYMENTS, installation.table(_PAYMENTS))
    row = serialize_item(hold_row(f"stack:{installation.stack}", clock.now()))
    with suppress(installation.client("dynamodb").exceptions.ConditionalCheckFailedException):
        installation.client("dynamodb").put_item(TableName=table, Item=row, ConditionExpression=IS_ABSENT)


def _reject_unknown(tables: Sequence[str], declared: Collection[str]) -> None:
    unknown = set(tables) - set(declared)
    if unknown:
        raise CommandError(f"no table {', '.join(sorted(unknown))}; there are: {', '.join(declared)}")
