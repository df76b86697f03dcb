"""`cabinet backup`: all tables and buckets of an installation, on any engine, into an encrypted folder."""

from __future__ import annotations

import argparse
import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli import environment
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.backup.archive import Archive


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("backup", help="copy tables and buckets of any engine, encrypted")
    parser.add_argument("--to", metavar="DIR", type=Path, help="an empty folder, or that of a run that died")
    parser.add_argument("--key-file", metavar="FILE", type=Path, required=True, help="32 bytes in base64")
    parser.add_argument("--new-key", action="store_true", help="only write a new key into --key-file")
    environment.add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Take the backup; the same command continues one that crashed."""
    from infra.backup import encryption
    from infra.backup.archive import Archive
    from infra.backup.create import Backup
    from infra.backup.services import Services

    if arguments.new_key:
        encryption.write_new_key(arguments.key_file)
        print(f"{arguments.key_file}: keep it where the backups are not; without it they cannot be read")
        return 0
    if arguments.to is None:
        raise CommandError("--to DIR: where the backup goes")
    key = encryption.read_key(arguments.key_file)
    variables = environment.installed(arguments)
    os.environ.update(variables)  # the audit log is in these tables as well
    services = Services.from_environment(variables)
    archive = Archive.begin(arguments.to, key)
    if archive.is_finished:
        raise CommandError(f"{arguments.to} holds a backup of {archive.begun_at}: take another folder")
    with lock_folder(arguments.to):
        _audit(archive)
        manifest = Backup(archive, services, lambda step: print(f"- {step}", flush=True)).run()
    rows = sum(count for count, _ in manifest["tables"].values())
    objects = sum(count for count, _ in manifest["buckets"].values())
    print(f"{arguments.to}: {rows} rows, {objects} objects; try it: cabinet restore --from … --rehearse")
    return 0


def _audit(archive: Archive) -> None:
    """Write the audit row of a run, before it reads anything; go on without where the log takes no rows.

    A backup is wanted most of all from an engine that takes no writes any more, and only the key opens it.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from cabinet.audit.model import Action
    from cabinet.core.errors import ServiceUnavailable
    from infra.cli.command_audit import audit_action

    try:
        after = {"to": str(archive.folder), "begun_at": archive.begun_at}
        audit_action(Action.BACKUP_BEGUN, f"backup:{archive.id}", after=after)
    except (BotoCoreError, ClientError, ServiceUnavailable) as error:
        print(f"no row in the audit log ({type(error).__name__}): the tables take no writes")


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder; raises CommandError when one is there."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise CommandError(f"another command works in {folder}") from None
    finally:
        os.close(descriptor)
