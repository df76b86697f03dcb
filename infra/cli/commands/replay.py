"""`cabinet replay`: what failed every try is sent once more."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.cli import environment
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from infra.replay.dead_letters import DeadLetterQueue
    from infra.replay.replay import Waiting


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("replay", help="give dead letters out once more")
    parser.add_argument(
        "--queue", metavar="NAME", help="as the template names it; default: all that hold any"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="of each queue at most so many messages")
    parser.add_argument("--dry-run", action="store_true", help="only say what waits")
    environment.add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what waits, give it out; 1 when something was left."""
    from cabinet.audit.model import Action
    from infra.cli.command_audit import audit_action
    from infra.doctor.installation import select
    from infra.replay.dead_letters import dead_letter_queues
    from infra.replay.replay import peek, replay

    if arguments.limit is not None and arguments.limit < 1:
        raise CommandError("--limit: at least one message")
    installation = select(arguments)
    queues = _chosen(dead_letter_queues(installation.template), arguments.queue)
    is_all_given = True
    for queue in queues:
        waiting = peek(installation, queue)
        print(_line(queue, waiting), flush=True)
        if arguments.dry_run or not waiting.count:
            continue
        asked = {"waiting": waiting.count, "at_most": arguments.limit or waiting.count}
        audit_action(Action.DEAD_LETTERS_REPLAYED, f"queue:{queue.logical_id}", after=asked)
        outcome = replay(installation, queue, arguments.limit)
        print(f"  given out: {outcome.replayed}; left: {len(outcome.left)}")
        for reason in outcome.left:
            print(f"    {reason}")
        is_all_given = is_all_given and not outcome.left
    return 0 if is_all_given else 1


def _chosen(queues: dict[str, DeadLetterQueue], name: str | None) -> list[DeadLetterQueue]:
    if name is None:
        return list(queues.values())
    if name not in queues:
        raise CommandError(f"no dead-letter queue {name}; there are: {', '.join(queues)}")
    return [queues[name]]


def _line(queue: DeadLetterQueue, waiting: Waiting) -> str:
    line = f"{queue.logical_id}: {waiting.count}"
    if waiting.oldest is None:
        return line
    return f"{line}, the oldest of {waiting.oldest:%Y-%m-%d %H:%M} UTC: {waiting.kind}"
