"""`cabinet autopay`: lifts the hold that a restore has put on it."""

from __future__ import annotations

import argparse

from infra.cli import environment
from infra.cli.command_audit import audit_writer
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("autopay", help="let autopay charge again after a restore")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    releasing = actions.add_parser("release", help="lift the hold, after the comparison with the banks")
    lost = releasing.add_mutually_exclusive_group(required=True)
    lost.add_argument(
        "--nothing-lost", action="store_true", help="the banks' statements name no payment that is not here"
    )
    lost.add_argument(
        "--leave-due", action="store_true", help="what is due now is left to its owners, who are written to"
    )
    releasing.add_argument("--reason", required=True, metavar="WHY", help="for the audit log")
    environment.run_on_stack(releasing, release)


def release(arguments: argparse.Namespace) -> int:
    """Leave what is due to its owners, unless nothing was lost; then lift the hold."""
    from cabinet.audit.model import EVERY_SUPPLIER, Action
    from cabinet.audit.store import Subject
    from cabinet.autopay import hold, runner
    from cabinet.core import clock
    from cabinet.core.errors import Conflict, NotFound
    from cabinet.payments.keys import autopay_shards

    current = hold.current_hold()
    if current is None:
        raise CommandError("autopay is not held")
    try:
        left = 0 if arguments.nothing_lost else runner.skip_due_rules(autopay_shards(), clock.now())
        about = audit_writer(
            Action.AUTOPAY_RELEASED, Subject("autopay", (EVERY_SUPPLIER,)),
            before={"since": current.since, "after": current.after},
            after={"nothing_lost": arguments.nothing_lost, "left": left}, reason=arguments.reason,
        )  # fmt: skip
        hold.release(current, about)
    except (Conflict, NotFound):
        raise CommandError("autopay is still held; the same command again") from None
    print(f"autopay was held since {current.since} ({current.after}); left to their owners: {left}")
    return 0
