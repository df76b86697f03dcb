"""«Рассылка уведомлений»: the choice for one account or by channel, with the record that the law asks for."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cabinet.accounts.keys import binding_key
from cabinet.accounts.notification_kind_rules import (
    BY_ACCOUNT,
    CHANNELS,
    Channel,
    NotificationKind,
    channels_by_kind,
    mailings_to_switch,
)
from cabinet.accounts.store import MAILINGS, MailingsRecord
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Item, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.identity.keys import profile_key


def update_preferences(
    user_id: str, account_id: str, chosen: dict[str, bool], now: datetime, client_ip: str
) -> None:
    """Keep which emails are agreed to, when and from where (ст. 9 152-ФЗ); raises NotFound."""
    dynamo.update(
        Table.USERS,
        binding_key(user_id, account_id),
        "SET #mailings = :chosen, #mailings_record = :record",
        condition=IS_PRESENT,
        on_conflict=NotFound,
        chosen=chosen,
        record=mailings_record(chosen, now, client_ip),
    )


def mailings_record(chosen: dict[str, bool], now: datetime, client_ip: str) -> MailingsRecord:
    """Return the choice with when and from where it was made."""
    return {"at": clock.timestamp(now), "address": client_ip, **chosen}


_LIST_UNCHANGED = "(attribute_not_exists(#bindings) OR #bindings = :seen)"
_CHOICE_UNCHANGED = {
    False: "attribute_not_exists(#mailings)",
    True: "#mailings = :seen",
}


@raises(Conflict)
def choose_channels(
    profile: Item, bindings: Sequence[Item], wanted: Mapping[NotificationKind, Sequence[Channel]],
    now: datetime, client_ip: str,
) -> dict[NotificationKind, list[Channel]]:  # fmt: skip
    """Keep what goes by which channel: the profile and all accounts in one transaction, or nothing.

    A mailing that was switched here is switched for every account, with a record of the consent for each;
    one that was left as it was shown stays as each account has it. Raises Conflict when an account was bound
    or unbound, or another choice was made, since `profile` and `bindings` were read.
    Returns what is kept: without an account there is nothing to mail of those kinds.
    """
    user_id = str(profile["user_id"])
    switched = mailings_to_switch(channels_by_kind(profile, bindings), wanted)
    kept = {
        kind: [channel for channel in channels if channel != "email" or kind not in BY_ACCOUNT]
        for kind, channels in wanted.items()
    }
    transaction = Transaction()
    transaction.update(
        Table.USERS, profile_key(user_id), "SET #notifications = :kept, #mark = :mark",
        condition=f"{IS_PRESENT} AND {_LIST_UNCHANGED}", on_conflict=Conflict,
        kept=kept, seen=profile.get("bindings", ""), mark=transaction.mark,
    )  # fmt: skip
    for binding in bindings if switched else ():
        seen = binding.get("mailings")
        chosen = {kind: bool((seen or {}).get(kind, False)) for kind in MAILINGS} | switched
        bound = {} if seen is None else {"seen": seen}
        transaction.update(
            Table.USERS, binding_key(user_id, binding["account_id"]),
            "SET #mailings = :chosen, #mailings_record = :record",
            condition=f"{IS_PRESENT} AND {_CHOICE_UNCHANGED[seen is not None]}", on_conflict=Conflict,
            chosen=chosen, record=mailings_record(chosen, now, client_ip), **bound,
        )  # fmt: skip
    transaction.commit()
    return {
        kind: [
            channel
            for channel in CHANNELS
            if channel in wanted[kind] and (channel != "email" or kind not in BY_ACCOUNT or bindings)
        ]
        for kind in wanted
    }
