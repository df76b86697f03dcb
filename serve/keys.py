"""Keys of the rows that `serve` keeps in Messages."""

from cabinet.aws.dynamo import Key

PROBE: Key = ("SERVE#PROBE", "-")
"""Never written: whether storage answers is seen by asking for it."""


def lease_key(name: str) -> Key:
    """Return the key of a job's lease and position."""
    return f"SERVE#LEASE#{name}", "-"
