"""Who runs a command, for the audit log: the principal of AWS whose keys it uses."""

from __future__ import annotations

import getpass
import os
import socket
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from cabinet.core.identifiers import supplier_part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cabinet.audit.model import Action, Author
    from cabinet.audit.store import AddAuditRow, Subject
    from cabinet.notices.model import Publication
    from cabinet.payments.model import Order
    from infra.build.template import Tree


@cache
def command_author() -> Author:
    """Return the author of what a command changes: the principal's ARN and the name on this machine."""
    from cabinet.audit.model import Author

    return Author(f"command:{_principal()}", _user(), "command")


def audit_action(
    action: Action, about: str, suppliers: Iterable[str] | None = None,
    *, before: Tree | None = None, after: Tree | None = None, reason: str = "",
) -> None:  # fmt: skip
    """Write the audit row of an act that no transaction of the tables can hold; call it right before the act.

    A secret, a version of the functions, the messages of a queue and a copy of whole tables change outside of
    the tables, or change all of them. With the row first, no act is without one; of an act that died then,
    the row says who began it. Without a row nothing is done.

    Parameters
    ----------
    suppliers
        Whose data it concerns; None: all suppliers'.
    """
    from cabinet.audit.model import EVERY_SUPPLIER
    from cabinet.audit.store import Subject, record
    from cabinet.aws.dynamo import Transaction
    from cabinet.core import clock

    subject = Subject(about, tuple(suppliers or (EVERY_SUPPLIER,)))
    transaction = Transaction()
    record(
        transaction, command_author(), action, subject, clock.now(), before=before, after=after, reason=reason
    )
    transaction.commit()


def audit_in_tables(
    dynamodb: Any,  # noqa: ANN401 - boto3's client
    tables: Iterable[str], action: Action, about: str, *, before: Tree, after: Tree,
) -> None:  # fmt: skip
    """Write one audit row into each of these Users tables: where the command itself chooses which is in use.

    They may be the table in use and the one that takes its place, so that the row is read before and after.
    """
    from cabinet.audit.model import EVERY_SUPPLIER
    from cabinet.audit.store import Subject, entry_row
    from cabinet.aws.dynamo import IS_ABSENT
    from cabinet.aws.dynamo.serialization import serialize_item
    from cabinet.core import clock

    subject = Subject(about, (EVERY_SUPPLIER,))
    row = entry_row(command_author(), action, subject, clock.now(), before=before, after=after)
    for table in dict.fromkeys(tables):
        dynamodb.put_item(TableName=table, Item=serialize_item(row), ConditionExpression=IS_ABSENT)


def audit_rotation(
    secret: str, suppliers: Iterable[str] | None = None,
    *, before: Tree | None = None, after: Tree | None = None, has_leaked: bool = False,
) -> None:  # fmt: skip
    """Write the audit row of a secret that is about to change: its name and what is no secret about it."""
    from cabinet.audit.model import Action

    reason = "прежнее утекло: больше не действует" if has_leaked else ""
    audit_action(Action.KEY_ROTATED, f"secret:{secret}", suppliers, before=before, after=after, reason=reason)


def audit_list(action: Action, suppliers: Iterable[str] | None = None, **asked: str | int) -> None:
    """Write the audit row of a list that names residents, before it is printed; with what was asked for."""
    audit_action(action, "", suppliers, after=dict(asked))


def order_audit_writer(
    order: Order, action: Action, reason: str, *, before: Tree | None = None, after: Tree | None = None
) -> AddAuditRow:
    """Return what adds the audit row of a decision about an order to the decision's transaction."""
    return audit_writer(action, _subject_of_order(order), before=before, after=after, reason=reason)


def notice_audit_writer(publication: Publication, action: str) -> AddAuditRow:
    """Return what adds the audit row of a notice's change (the name of an `Action`) to its transaction."""
    from cabinet.audit.model import Action
    from cabinet.staff.notices import audit_subject

    after = {"kind": publication.kind, "title": publication.title, "where": publication.where}
    return audit_writer(Action[action], audit_subject(publication), after=after)


def mail_audit_writer(
    action: Action, about: str, suppliers: list[str], *, before: Tree | None = None
) -> AddAuditRow:
    """Return what adds the audit row of a decision about mail to the decision's transaction."""
    from cabinet.audit.store import Subject

    return audit_writer(action, Subject(about, tuple(suppliers)), before=before)


def record_access(action: Action, subject: Subject, after: Tree | None = None) -> None:
    """Write the audit row of a read access, before the data is shown."""
    from cabinet.audit import store
    from cabinet.core import clock

    store.record_access(command_author(), action, subject, clock.now(), after=after)


def audit_order(order: Order, action: Action) -> None:
    """Write the audit row of reading an order."""
    record_access(action, _subject_of_order(order))


def _subject_of_order(order: Order) -> Subject:
    from cabinet.audit.store import Subject

    suppliers = tuple(dict.fromkeys(supplier_part(each) for each in order.account_ids))
    return Subject(f"order:{order.order_id}", suppliers)


def audit_writer(
    action: Action, subject: Subject,
    *, before: Tree | None = None, after: Tree | None = None, reason: str = "",
) -> AddAuditRow:  # fmt: skip
    """Return what adds the audit row of an action to the transaction that does it."""
    from cabinet.audit.store import record
    from cabinet.core import clock

    return partial(
        record, author=command_author(), action=action, subject=subject, now=clock.now(), before=before,
        after=after, reason=reason,
    )  # fmt: skip


def _principal() -> str:
    """Return the principal's ARN; beside an engine that knows no STS, the user's name on this machine.

    `cabinet serve` may work with tables that only speak DynamoDB's protocol (docs/serve.md): whom their key
    belongs to, nobody can be asked there.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    here = f"{_user()}@{socket.gethostname()}"
    is_served = "AWS_ENDPOINT_URL_STS" in os.environ or "AWS_ENDPOINT_URL" in os.environ
    if "AWS_ENDPOINT_URL_DYNAMODB" in os.environ and not is_served:
        return here
    try:
        return str(boto3.client("sts").get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        if is_served:
            return here
        raise


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "command"
