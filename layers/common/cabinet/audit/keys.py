"""Keys of the audit log, in Users; template.yaml denies every function to update or delete what begins so."""

from cabinet.aws.dynamo import Key

BY_PERSON = ("by_shard", "shard", "shard_sk")
BY_SUBJECT = ("by_account", "bound_account", "pk")
"""Sorted by day; the entries of one day are sorted when they are read."""


def entry_key(at: str, entry_id: str) -> Key:
    """Return the key of an entry: the entries of one day (UTC) share a partition, by time."""
    return day_partition(at), f"{at}#{entry_id}"


def day_partition(at: str) -> str:
    """Return the partition of a day, given as a date or as a time."""
    return f"AUDIT#{at[:10]}"


def person_partition(who: str) -> str:
    """Return the index's partition of what one person did."""
    return f"AUDITBY#{who}"


def subject_partition(about: str) -> str:
    """Return the index's partition of what was done to one subject; never an account id, as bindings have."""
    return f"AUDITABOUT#{about}"
