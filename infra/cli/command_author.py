"""Who runs a command, for the audit log: the principal of AWS whose keys it uses."""

from __future__ import annotations

import getpass
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cabinet.audit.model import Action, Author
    from cabinet.audit.store import Record
    from cabinet.notices.model import Publication
    from cabinet.payments.model import Order
    from infra.build.template import Tree


@cache
def command_author() -> Author:
    """Return the author of what a command changes: the principal's ARN and the name on this machine."""
    import boto3

    from cabinet.audit.model import Author

    principal = boto3.client("sts").get_caller_identity()["Arn"]
    return Author(f"command:{principal}", _user(), "command")


def order_record(
    order: Order, action: Action, reason: str, *, before: Tree | None = None, after: Tree | None = None
) -> Record:
    """Return what adds the audit row of a decision about an order to the decision's transaction."""
    from cabinet.audit.store import Subject, record
    from cabinet.core import clock

    suppliers = tuple(dict.fromkeys(each.partition(":")[0] for each in order.account_ids))
    return partial(
        record, author=command_author(), action=action, subject=Subject(f"order:{order.order_id}", suppliers),
        moment=clock.now(), before=before, after=after, reason=reason,
    )  # fmt: skip


def notice_record(publication: Publication, action: str) -> Record:
    """Return what adds the audit row of a notice's change (the name of an `Action`) to its transaction."""
    from cabinet.audit.model import Action
    from cabinet.audit.store import record
    from cabinet.core import clock
    from cabinet.staff.notices import subject_of

    after = {"kind": publication.kind, "title": publication.title, "where": publication.where}
    return partial(
        record, author=command_author(), action=Action[action], subject=subject_of(publication),
        moment=clock.now(), after=after,
    )  # fmt: skip


def mail_record(action: Action, about: str, suppliers: list[str], *, before: Tree | None = None) -> Record:
    """Return what adds the audit row of a decision about mail to the decision's transaction."""
    from cabinet.audit.store import Subject, record
    from cabinet.core import clock

    return partial(
        record, author=command_author(), action=action, subject=Subject(about, tuple(suppliers)),
        moment=clock.now(), before=before,
    )  # fmt: skip


def note_order(order: Order, action: Action) -> None:
    """Write the audit row of a look at an order."""
    from cabinet.audit.store import Subject, note_look
    from cabinet.core import clock

    suppliers = tuple(dict.fromkeys(each.partition(":")[0] for each in order.account_ids))
    note_look(command_author(), action, Subject(f"order:{order.order_id}", suppliers), clock.now())


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "command"
