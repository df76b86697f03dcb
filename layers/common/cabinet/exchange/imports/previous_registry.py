"""Compares a registry's accounts with the last one's, so that a file that lost half of its rows is noticed.

The numbers of the newest registry of a kind are kept beside the reports, with those of the one before: parts
of one registry (one number and date) add up, and a repetition changes nothing.
"""

import gzip
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cabinet.exchange.model import SectionName

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

COMPARED_SECTIONS: tuple[SectionName, ...] = ("accounts", "balances")
"""Kinds of files that name every account of a supplier."""


@dataclass(frozen=True, slots=True)
class KnownAccounts:
    """The accounts of the newest registry of a kind, and of the one before it."""

    stamp: str = ""
    current: set[str] = field(default_factory=set)
    previous: set[str] = field(default_factory=set)

    def with_registry(self, stamp: str, numbers: Iterable[str]) -> "KnownAccounts":
        """Return what is known after a registry of `stamp`; an older one changes nothing."""
        if stamp < self.stamp:
            return self
        if stamp == self.stamp:
            return KnownAccounts(stamp, self.current | set(numbers), self.previous)
        return KnownAccounts(stamp, set(numbers), self.current)

    @property
    def missing(self) -> list[str]:
        """Return the numbers that have gone, sorted."""
        return sorted(self.previous - self.current)


def load(s3: "S3Client", supplier_id: str, scope: str) -> KnownAccounts:
    """Return what is known of a scope, nothing when no registry of it was ever applied."""
    try:
        answer = s3.get_object(Bucket=os.environ["EXCHANGE_BUCKET"], Key=_key(supplier_id, scope))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return KnownAccounts()
        raise
    stamp, current, previous = json.loads(gzip.decompress(answer["Body"].read()))
    return KnownAccounts(stamp, set(current), set(previous))


def save(s3: "S3Client", supplier_id: str, scope: str, known: KnownAccounts) -> None:
    """Keep what is known of a scope; the supplier's lock keeps rivals away."""
    content = json.dumps([known.stamp, sorted(known.current), sorted(known.previous)])
    s3.put_object(
        Bucket=os.environ["EXCHANGE_BUCKET"],
        Key=_key(supplier_id, scope),
        Body=gzip.compress(content.encode(), mtime=0),
    )


def _key(supplier_id: str, scope: str) -> str:
    return f"numbers/{supplier_id}/{scope}.json.gz"
