"""`cabinet restore`: tables as they were at a moment (`--at`, on AWS), or what a backup has (`--from`)."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from infra.cli import environment
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from collections.abc import Callable


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("restore", help="bring tables back to what they were at a moment")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--at", metavar="TIME", help="with its zone: 2026-11-26T12:30:00+05:00")
    what.add_argument("--undo", action="store_true", help="use the stack's own tables again")
    what.add_argument("--from", dest="folder", metavar="DIR", type=Path, help="a backup, into empty tables")
    parser.add_argument("--key-file", metavar="FILE", type=Path, help="the backup's key")
    parser.add_argument(
        "--rehearse", action="store_true", help="restore the backup into tables that are deleted afterwards"
    )
    parser.add_argument(
        "--table", action="append", default=[], metavar="NAME", help="as the template names it; default: all"
    )
    parser.add_argument("--plan", action="store_true", help="only print the steps")
    parser.add_argument("--yes", action="store_true", help="put the copies to use without asking")
    environment.add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the steps; the first that fails ends it, and the same command continues from there."""
    if arguments.folder is not None:
        return run_from_backup(arguments)
    from infra.doctor.installation import select
    from infra.restore import steps

    at = None if arguments.undo else moment(arguments.at)
    installation = select(arguments, read_seconds=120)
    if at is None:
        chosen = steps.undo_steps(installation, arguments.table)
    else:
        copies = steps.copies(installation, at, arguments.table)
        chosen = steps.restore_steps(installation, copies, lambda: _confirm(arguments))
    for number, step in enumerate(chosen, 1):
        print(f"{number}. {step.title}", flush=True)
        if not arguments.plan:
            step.run()
    return 0


def run_from_backup(arguments: argparse.Namespace) -> int:
    """Put a backup into the installation's empty tables and buckets, or only try whether that would do."""
    from cabinet.audit.model import Action
    from infra.backup.archive import Archive
    from infra.backup.encryption import read_key
    from infra.backup.rehearsal import rehearsal
    from infra.backup.restore import Restore
    from infra.backup.services import Services
    from infra.build.template import Template
    from infra.cli.command_audit import audit_action

    if arguments.key_file is None or arguments.table or arguments.plan:
        raise CommandError("--from goes with --key-file, and not with --table or --plan")
    archive = Archive(arguments.folder, read_key(arguments.key_file))
    variables = environment.installed(arguments)
    os.environ.update(variables)  # the audit log is in these tables as well
    services = Services.from_environment(variables)

    def restore(into: Services, audit: Callable[[], None]) -> dict[str, int]:
        with TemporaryDirectory(prefix="cabinet-restore-") as work:
            report = partial(print, "-", flush=True)
            return Restore(archive, into, Path(work), report, audit).run()

    if arguments.rehearse:  # what it makes is deleted: the installation's own log says nothing
        with rehearsal(services, Template.load(), archive.id) as temporary:
            compared = restore(temporary, lambda: None)
    else:
        after = {"from": str(arguments.folder), "begun_at": archive.begun_at}
        audit = partial(audit_action, Action.BACKUP_RESTORED, f"backup:{archive.id}", after=after)
        compared = restore(services, audit)
    counts = ", ".join(f"{count} in {name}" for name, count in compared.items())
    print(f"alike, row by row and object by object: {counts}")
    return 0


def moment(text: str) -> datetime:
    """Read `--at`, to the second, in UTC; a time without its zone is refused."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--at «{text}»: a time like 2026-11-26T12:30:00+05:00") from None
    if read.tzinfo is None:
        raise CommandError(f"--at «{text}»: say the zone, as in 2026-11-26T12:30:00+05:00")
    if read > datetime.now(UTC):
        raise CommandError(f"--at «{text}» is in the future")
    return read.astimezone(UTC).replace(microsecond=0)


def _confirm(arguments: argparse.Namespace) -> None:
    if arguments.yes:
        return
    if not sys.stdin.isatty():
        raise CommandError("nobody is there to confirm; the copies stay: add --yes to put them to use")
    print("   What was written after that moment is not in the copies; the tables of now are kept.")
    if input("   put the copies to use? [y/N] ").strip().casefold() not in ("y", "yes", "д", "да"):
        raise CommandError("the copies were not put to use; the same command asks again")
