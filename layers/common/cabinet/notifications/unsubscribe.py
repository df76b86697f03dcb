"""Leaving a mailing by the link in a mail, signed in or not (RFC 8058)."""

from contextlib import suppress
from dataclasses import dataclass

from cabinet.accounts.keys import binding_key
from cabinet.accounts.model import MAILING_TITLES
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.core.errors import DomainError
from cabinet.signed_tokens import Purpose, TokenInvalid, verify

_HAS_CHOICES = "attribute_exists(pk) AND attribute_exists(#mailings)"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One mailing about one account to one subscriber."""

    user_id: str
    account_id: str
    mailing: str


class _PreferencesMissing(DomainError):
    """The account is not bound any more: there is nothing to unsubscribe from."""


def subscription_from_token(token: str) -> Subscription:
    """Return what a link's token is about; raises TokenInvalid."""
    claims = verify(Purpose.UNSUBSCRIBE, token)
    try:
        found = Subscription(str(claims["sub"]), str(claims["account_id"]), str(claims["mailing"]))
    except KeyError:
        raise TokenInvalid from None
    if found.mailing not in MAILING_TITLES:
        raise TokenInvalid
    return found


def unsubscribe(subscription: Subscription) -> None:
    """Switch the mailing off as «Рассылка уведомлений» would, and keep when; repeating moves only that."""
    with suppress(_PreferencesMissing):
        dynamo.update(
            Table.USERS,
            binding_key(subscription.user_id, subscription.account_id),
            "SET #mailings.#mailing = :off, #left_at = :now",
            condition=_HAS_CHOICES,
            on_conflict=_PreferencesMissing,
            names={"mailing": subscription.mailing, "left_at": f"{subscription.mailing}_left_at"},
            off=False,
            now=clock.timestamp(clock.now()),
        )
