"""«Рассылка уведомлений»: the choice for one account, with the record that the law asks for."""

from datetime import datetime

from cabinet.accounts.keys import binding_key
from cabinet.accounts.store import MailingsRecord
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table
from cabinet.core import clock
from cabinet.core.errors import NotFound


def update_preferences(
    user_id: str, account_id: str, chosen: dict[str, bool], moment: datetime, address: str
) -> None:
    """Keep which letters are agreed to, when and from where (ст. 9 152-ФЗ); raises NotFound."""
    dynamo.update(
        Table.USERS,
        binding_key(user_id, account_id),
        "SET #mailings = :chosen, #mailings_record = :record",
        condition=IS_PRESENT,
        on_conflict=NotFound,
        chosen=chosen,
        record=mailings_record(chosen, moment, address),
    )


def mailings_record(chosen: dict[str, bool], moment: datetime, address: str) -> MailingsRecord:
    """Return the choice with when and from where it was made."""
    return {"at": clock.timestamp(moment), "address": address, **chosen}
