"""`cabinet import FILE --supplier ID`: puts a registry where billing does, and waits for its report."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.cli import environment
from infra.cli.command_audit import command_author
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from cabinet.exchange.imports.job_store import Job
    from cabinet.exchange.imports.undo_requests import Undo


FORMATS = ("native", "gorod", "sber")
ENCODINGS = ("utf-8", "cp1251", "cp866", "koi8-r")
_SUPPLIER = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_ASK_EVERY_SECONDS = 0.25
LISTED = ("time", "file", "kind", "state", "rows", "errors", "warnings", "sum", "import")
_LISTED_MOST = 100


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("import", help="load a registry and print its report line by line")
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="or `list`: what was loaded, newest first; or `undo`"
    )
    parser.add_argument(
        "import_id", nargs="?", metavar="IMPORT_ID", help="of `undo`: as `list` shows it, or `last`"
    )
    parser.add_argument("--supplier", required=True, metavar="ID")
    parser.add_argument("--format", choices=FORMATS, help="default: found by the file's first lines")
    parser.add_argument(
        "--encoding", choices=ENCODINGS, help="default: the supplier's setting, or judged by the letters"
    )
    parser.add_argument(
        "--timeout", type=float, default=3600.0, metavar="SECONDS", help="wait for the report no longer"
    )
    parser.add_argument(
        "--preview", action="store_true", help="say what the file would change, and load nothing"
    )
    parser.add_argument(
        "--reason", metavar="WHY", help="of `undo`: kept with the import and in the audit log"
    )
    environment.add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Upload the file, wait, print the report; 1 when the registry was refused."""
    is_preview = getattr(arguments, "preview", False)
    if is_preview and str(arguments.file) in ("list", "undo"):
        raise CommandError("only a file can be previewed")
    if str(arguments.file) == "list":
        return list_imports(arguments)
    if str(arguments.file) == "undo":
        return undo_import(arguments)
    if getattr(arguments, "import_id", None):
        raise CommandError("only `import undo` names an import")
    if not arguments.file.is_file():
        raise CommandError(f"no file {arguments.file}")
    if not _SUPPLIER.fullmatch(arguments.supplier):
        raise CommandError(f"{arguments.supplier} is not a supplier's identifier")
    environment.select_environment(arguments)
    if is_preview:
        return preview_import(arguments)
    from cabinet.core import clock
    from cabinet.exchange.imports import import_job, import_requests

    object_key = upload(arguments.file, arguments.supplier, arguments.format, arguments.encoding)
    job = import_job.job_for_object(object_key)
    if job is None:
        raise CommandError(f"{object_key} is not an address of a registry")
    import_requests.request_import(command_author(), job, clock.now())
    item = wait(job, arguments.timeout)
    sys.stdout.write(report(item))
    return 0 if item["status"] == "applied" else 1


def preview_import(arguments: argparse.Namespace) -> int:
    """Print what the file would change; 1 when it would be refused. The file stays where it is."""
    from cabinet.exchange.errors import ConcurrentModification
    from cabinet.exchange.imports.preview import preview
    from infra.cli.supplier_option import find_supplier

    supplier = find_supplier(arguments.supplier)
    try:
        accepted, content = preview(arguments.file, supplier, arguments.format, arguments.encoding)
    except ConcurrentModification:
        raise CommandError("an account has changed meanwhile: the same command again") from None
    sys.stdout.write(content.decode("utf-8-sig").replace("\r\n", "\n"))
    return 0 if accepted else 1


def undo_import(arguments: argparse.Namespace) -> int:
    """Have an import undone, wait, print the report; 1 when it is refused."""
    if not arguments.import_id:
        raise CommandError("which import? its identifier, as `import list` shows it, or `last`")
    environment.select_environment(arguments)
    from cabinet.core import clock
    from cabinet.exchange.errors import UndoRejected
    from cabinet.exchange.imports import undo_requests

    try:
        import_id, supplier_id = arguments.import_id, arguments.supplier
        if import_id == "last":
            import_id = undo_requests.last_applied(supplier_id)
        reason = getattr(arguments, "reason", None) or ""
        undo = undo_requests.request(command_author(), supplier_id, import_id, reason, clock.now())
    except UndoRejected as refusal:
        raise CommandError(refusal.detail) from None
    item = wait_for_undo(undo, arguments.timeout)
    sys.stdout.write(report({"report_key": item["undo_report_key"]}))
    return 0 if item["status"] == "undone" else 1


def wait_for_undo(undo: Undo, seconds: float) -> dict[str, Any]:
    """Return the import's item when its undo has ended; raises CommandError when it takes too long."""
    from cabinet.exchange.imports import job_store

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        item = job_store.get_job(undo.supplier_id, undo.import_id)
        if item is not None and item.get("undo_state") in ("done", "refused"):
            return item
        time.sleep(_ASK_EVERY_SECONDS)
    raise CommandError(f"the undo of {undo.import_id} has not finished in {seconds:.0f} s; it goes on")


def list_imports(arguments: argparse.Namespace) -> int:
    """Print the supplier's imports, newest first, by the columns `LISTED`."""
    environment.select_environment(arguments)
    from cabinet.core.money import to_decimal_string
    from cabinet.exchange.imports import job_store
    from infra.cli.csv_table import write_table
    from infra.cli.supplier_option import find_supplier, local_time

    supplier = find_supplier(arguments.supplier)
    rows = []
    for item in job_store.list_jobs(supplier.supplier_id, _LISTED_MOST).items:
        name = str(item["object_key"]).rpartition("/")[2]
        found = [item.get(column) for column in ("format", "status", "rows", "errors", "warnings")]
        amount = "" if item.get("amount") is None else to_decimal_string(int(item["amount"]))
        rows.append([local_time(item["uploaded_at"], supplier), name, *found, amount, item["import_id"]])
    write_table(LISTED, rows)
    return 0


def upload(path: Path, supplier_id: str, given_format: str | None, given_encoding: str | None = None) -> str:
    """Put the file under ``desk/`` of the exchange bucket and return its key; each upload has its own."""
    import boto3

    from cabinet.core import clock
    from cabinet.exchange.imports.import_requests import new_import_id
    from cabinet.exchange.imports.locations import desk_key

    import_id = new_import_id(clock.now())
    object_key = desk_key(supplier_id, import_id, path.name, given_format or "auto", given_encoding)
    with path.open("rb") as stream:
        boto3.client("s3").put_object(Bucket=os.environ["EXCHANGE_BUCKET"], Key=object_key, Body=stream)
    return object_key


def wait(job: Job, seconds: float) -> dict[str, Any]:
    """Return the import's item when it is finished.

    Raises
    ------
    CommandError
        It did not finish in time; it may still do.
    """
    from cabinet.exchange.imports import job_store

    deadline = time.monotonic() + seconds
    shown = ""
    while time.monotonic() < deadline:
        item = job_store.get_job(job.supplier_id, job.import_id)
        if item is not None and item["status"] in job_store.FINISHED:
            return item
        if item is not None and (text := progress(item)) != shown:
            shown = text
            print(text, file=sys.stderr, flush=True)
        time.sleep(_ASK_EVERY_SECONDS)
    raise CommandError(f"the import {job.import_id} has not finished in {seconds:.0f} s")


def progress(item: dict[str, Any]) -> str:
    """Return how far an import has come, in words."""
    if "accounts_done" not in item:
        return "the file is being checked …"
    return f"{item['accounts_done']} of {item['accounts']} accounts …"


def report(item: dict[str, Any]) -> str:
    """Return the text of the import's report."""
    import boto3

    answer = boto3.client("s3").get_object(Bucket=os.environ["EXCHANGE_BUCKET"], Key=item["report_key"])
    return answer["Body"].read().decode("utf-8-sig").replace("\r\n", "\n")
