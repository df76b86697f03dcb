"""The steps of a restore and of its undoing, in order; each may be run again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from infra.cli.errors import CommandError
from infra.restore import copying, swapping
from infra.restore.copying import Copy, copy_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from infra.doctor.installation import Installation


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it does, in words, and how."""

    title: str
    run: Callable[[], None]


def copies(installation: Installation, at: datetime, tables: Sequence[str]) -> list[Copy]:
    """Return what is to be copied: of each table the one that is in use."""
    declared = dict(installation.template.resources("AWS::DynamoDB::Table"))
    _refuse_unknown(tables, declared)
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
        swapping.swap(cloudformation, installation.stack, {copy.logical_id: copy.name for copy in copies_})

    names = ", ".join(f"{copy.source} → {copy.name}" for copy in waiting) or "nothing: the copies are in use"
    parameters = ", ".join(swapping.parameter_of(copy.logical_id) for copy in copies_)
    return [
        Step("can the tables go back to that moment?", each(partial(copying.check_moment, dynamodb))),
        Step(f"copy {names}", each(partial(copying.start_copy, dynamodb))),
        Step("wait until the copies can be read", each(partial(copying.wait_for_copy, dynamodb))),
        Step("turn on expiry, recovery, protection of the copies", each(partial(copying.settle, dynamodb))),
        Step("check keys, indexes, settings and rows", each(partial(copying.check_copy, dynamodb))),
        Step("ask whether that is right", confirm),
        Step(f"put the copies to use by {parameters}", swap),
    ]


def undo_steps(installation: Installation, tables: Sequence[str]) -> list[Step]:
    """Return the one step that puts the stack's own tables to use again; the copies stay."""
    declared = [name for name, _ in installation.template.resources("AWS::DynamoDB::Table")]
    _refuse_unknown(tables, declared)
    chosen = dict.fromkeys(tables or declared, "")

    def undo() -> None:
        swapping.swap(installation.client("cloudformation"), installation.stack, chosen)

    return [Step(f"put the stack's own tables to use again: {', '.join(chosen)}", undo)]


def _refuse_unknown(tables: Sequence[str], declared: Collection[str]) -> None:
    unknown = set(tables) - set(declared)
    if unknown:
        raise CommandError(f"no table {', '.join(sorted(unknown))}; there are: {', '.join(declared)}")
