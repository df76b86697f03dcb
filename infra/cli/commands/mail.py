"""`cabinet mail`: emails that could not be sent, what an address got, addresses not to be written to."""

from __future__ import annotations

import argparse
from typing import Any

from infra.cli import environment
from infra.cli.command_audit import audit_list, mail_audit_writer
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("mail", help="look at emails that were not delivered")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the dead letters and why they died")
    environment.run_on_stack(listing, list_dead)
    resend = actions.add_parser("resend", help="send dead letters again")
    resend.add_argument("email", nargs="?", metavar="EMAIL", help="its identifier; default: all")
    environment.run_on_stack(resend, resend_dead_letters)
    log = actions.add_parser("log", help="what an address got of late")
    log.add_argument("address", metavar="EMAIL")
    environment.run_on_stack(log, show_log)
    release = actions.add_parser("release", help="take an address off the suppression list")
    release.add_argument("address", metavar="EMAIL")
    environment.run_on_stack(release, unsuppress)


def list_dead(arguments: argparse.Namespace) -> int:
    """Print one line a dead letter."""
    from cabinet.audit.model import Action
    from cabinet.notifications.outbox_store import dead_letters

    audit_list(Action.MAIL_SHOWN, state="dead")
    count = 0
    for dead in dead_letters():
        count += 1
        print(
            f"{_email_id(dead)}  {dead['template']}  {dead['to']}  {dead['died_at'][:16]}  {dead['failure']}"
        )
    print(f"dead letters: {count}")
    return 0


def resend_dead_letters(arguments: argparse.Namespace) -> int:
    """Put one or all dead letters back into the outbox and tell the mailer."""
    from cabinet.audit.model import Action
    from cabinet.notifications.outbox_store import dead_letters, resend
    from cabinet.notifications.undelivered import audit_subject, suppliers_for
    from cabinet.outbox.emails import wake_mailer_for

    chosen = [dead for dead in dead_letters() if arguments.email in (None, _email_id(dead))]
    if arguments.email is not None and not chosen:
        raise CommandError(f"no dead letter {arguments.email}")
    for dead in chosen:
        add_audit_row = mail_audit_writer(Action.LETTER_RESENT, audit_subject(dead), suppliers_for(dead))
        email = resend(dead, add_audit_row)
        wake_mailer_for([(email.pk, email.sk)])
    print(f"sent again: {len(chosen)}")
    return 0


def show_log(arguments: argparse.Namespace) -> int:
    """Print what an address got, and whether it is suppressed."""
    from cabinet.audit.model import Action
    from cabinet.aws import dynamo
    from cabinet.aws.dynamo import Table
    from cabinet.core.contacts import recipient_hash
    from cabinet.notifications.outbox_store import count_held, delivery_log
    from cabinet.notifications.suppression import suppression_key
    from cabinet.staff.resident_rules import masked_email

    audit_list(Action.MAIL_SHOWN, email=masked_email(arguments.address))
    for row in delivery_log(recipient_hash(arguments.address)):
        what = row.get("reason") or row.get("provider_id", "")
        print(f"{row['sk'][:19]}  {row['template']}  {row['outcome']}  {what}")
    suppressed = dynamo.get(Table.MESSAGES, suppression_key(arguments.address))
    if suppressed:
        held = count_held(recipient_hash(arguments.address))
        since = suppressed["suppressed_at"][:16]
        print(f"suppressed since {since}: {suppressed['reason']}; emails held: {held}")
    return 0


def unsuppress(arguments: argparse.Namespace) -> int:
    """Let an address get mail again."""
    from cabinet.audit.model import EVERY_SUPPLIER, Action
    from cabinet.core.errors import NotFound
    from cabinet.notifications.suppression import unsuppress
    from cabinet.staff.resident_rules import masked_email

    before = {"email": masked_email(arguments.address)}
    try:
        add_audit_row = mail_audit_writer(Action.SUPPRESSION_LIFTED, "", [EVERY_SUPPLIER], before=before)
        sent = unsuppress(arguments.address, add_audit_row)
    except NotFound:
        raise CommandError(f"{arguments.address} is not on the suppression list") from None
    print(f"released; emails that were held and go now: {sent}")
    return 0


def _email_id(dead: dict[str, Any]) -> str:
    return str(dead["sk"]).partition("#")[2]
