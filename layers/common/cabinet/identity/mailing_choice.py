"""«Рассылка уведомлений»: the choice for one account, with the record that the law asks for."""

from datetime import datetime

from cabinet import clock, dynamo
from cabinet.accounts.keys import binding_key
from cabinet.accounts.store import MailingsRecord
from cabinet.dynamo import IS_PRESENT, Table
from cabinet.errors import NotFound


def choose_mailings(
    user_id: str, account_id: str, chosen: dict[str, bool], moment: datetime, address: str
) -> None:
    """Keep which letters are agreed to, when and from where (ст. 9 152-ФЗ); raises NotFound."""
    dynamo.update(
        Table.USERS,
        binding_key(user_id, account_id),
        "SET #mailings = :chosen, #mailings_record = :record",
        when=IS_PRESENT,
        otherwise=NotFound,
        chosen=chosen,
        record=mailings_record(chosen, moment, address),
    )


def mailings_record(chosen: dict[str, bool], moment: datetime, address: str) -> MailingsRecord:
    """Return the choice with when and from where it was made."""
    return {"at": clock.timestamp(moment), "address": address, **chosen}
