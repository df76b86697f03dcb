"""Keys of metering's rows in an account's partition: the one place that spells them."""

from cabinet.accounts.keys import account_partition
from cabinet.aws.dynamo import Key


def meter_key(account_id: str, meter_id: str) -> Key:
    """Return the key of a meter."""
    return account_partition(account_id), f"METER#{meter_id}"


def reading_key(account_id: str, meter_id: str, taken_on: str, reading_id: str) -> Key:
    """Return the key of one reading; they sort by meter and day."""
    return account_partition(account_id), f"READING#{meter_id}#{taken_on}#{reading_id}"
