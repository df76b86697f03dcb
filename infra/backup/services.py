"""The tables and buckets that a backup is made of, or put back into: the few calls that it takes.

Within the portable subset (docs/adr/0003), and Scan and ListObjectsV2 with StartAfter, which only tools use.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError

from cabinet.aws.clients import PORTABLE_STORAGE
from cabinet.payments.keys import registries_partition, taken_rows_partition
from infra.backup.reference_rules import PAYMENTS, TABLES, Place, RegistryPayment
from infra.backup.row_json import Attributes, key_of
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BUCKETS = ("EXCHANGE_BUCKET", "DOCUMENTS_BUCKET")
_CONFIG = Config(
    connect_timeout=3, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 6}
)  # fmt: skip
_NEWEST_REGISTRIES = 3
"""A payment moves from the work list into the registry that is open: one of the last."""
_MAX_KEYS = 100
_MAX_TRIES = 8


@dataclass(frozen=True)
class Services:
    """Tables and buckets by the variables that name them, and clients of both."""

    tables: Mapping[str, str]
    buckets: Mapping[str, str]
    dynamodb: Any
    s3: Any
    page_rows: int | None = field(default=None)
    """Maximum rows of a page; None: as the engine likes."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Services:
        """Return what an environment names; raises CommandError when it names too little."""
        import boto3

        missing = [name for name in (*TABLES, *BUCKETS) if not environment.get(name)]
        if missing:
            raise CommandError(f"the environment lacks {', '.join(missing)}: see docs/serve.md")
        region = environment.get("AWS_REGION") or os.environ.get("AWS_REGION")
        return cls(
            {name: environment[name] for name in TABLES},
            {name: environment[name] for name in BUCKETS},
            boto3.client("dynamodb", region_name=region, config=_CONFIG),
            boto3.client("s3", region_name=region, config=PORTABLE_STORAGE.merge(_CONFIG)),
        )

    def pages(
        self, table: str, after: Attributes | None
    ) -> Iterator[tuple[list[Attributes], Attributes | None]]:
        """Yield the rows of a table page by page, each with the key to go on after; None: that was all."""
        more: dict[str, Any] = {"Limit": self.page_rows} if self.page_rows else {}
        while True:
            if after:
                more["ExclusiveStartKey"] = after
            page = self.dynamodb.scan(TableName=self.tables[table], ConsistentRead=True, **more)
            after = page.get("LastEvaluatedKey")
            yield page.get("Items", []), after
            if not after:
                return

    def read(self, places: set[Place | RegistryPayment]) -> dict[tuple[str, str, str], Attributes]:
        """Return all rows of places, strongly consistent: table, pk, sk → row."""
        found: dict[tuple[str, str, str], Attributes] = {}
        rows = [place for place in places if isinstance(place, Place) and place.sk is not None]
        for payment in (place for place in places if isinstance(place, RegistryPayment)):
            rows += self._registry_payment_places(payment)
        for table in TABLES:
            wanted = [place for place in rows if place.table == table]
            for start in range(0, len(wanted), _MAX_KEYS):
                for row in self._get(table, wanted[start : start + _MAX_KEYS]):
                    found[(table, *key_of(row))] = row
        for place in places:
            if isinstance(place, Place) and place.sk is None:
                for row in self._query(place.table, place.pk):
                    found[(place.table, *key_of(row))] = row
        return found

    def _registry_payment_places(self, payment: RegistryPayment) -> list[Place]:
        """Return where a payment may be listed among what the newest registries have taken."""
        registries = self._query(
            PAYMENTS,
            registries_partition(payment.supplier_id),
            Limit=_NEWEST_REGISTRIES,
            ScanIndexForward=False,
        )
        numbers = [int(row["sk"]["S"]) for row in registries]
        return [
            Place(PAYMENTS, taken_rows_partition(payment.supplier_id, number), payment.payment_id)
            for number in numbers
        ]

    def _query(self, table: str, pk: str, **limits: Any) -> list[Attributes]:  # noqa: ANN401 - botocore's
        request: dict[str, Any] = limits | {
            "TableName": self.tables[table],
            "ConsistentRead": True,
            "KeyConditionExpression": "#pk = :pk",
            "ExpressionAttributeNames": {"#pk": "pk"},
            "ExpressionAttributeValues": {":pk": {"S": pk}},
        }
        rows: list[Attributes] = []
        while True:
            page = self.dynamodb.query(**request)
            rows += page["Items"]
            if "Limit" in limits or not page.get("LastEvaluatedKey"):
                return rows
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _get(self, table: str, places: list[Place]) -> Iterator[Attributes]:
        name = self.tables[table]
        keys = [{"pk": {"S": place.pk}, "sk": {"S": place.sk}} for place in dict.fromkeys(places)]
        request = {name: {"Keys": keys, "ConsistentRead": True}}
        for attempt in range(_MAX_TRIES):
            answer = self.dynamodb.batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(name, [])
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                return
            time.sleep(0.05 * 2**attempt)
        raise CommandError(f"{name} leaves keys unread: it is overloaded; the same command again")

    def put_all(self, table: str, rows: list[Attributes]) -> bool:
        """Put at most 25 rows that are absent, all or none; return whether it was done."""
        puts = [
            {"TableName": self.tables[table], "Item": row, "ConditionExpression": "attribute_not_exists(pk)"}
            for row in rows
        ]
        try:
            if len(puts) == 1:
                self.dynamodb.put_item(**puts[0])
            else:
                self.dynamodb.transact_write_items(TransactItems=[{"Put": put} for put in puts])
        except ClientError as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            reasons.add(error.response["Error"]["Code"].removesuffix("Exception"))
            if "ConditionalCheckFailed" not in reasons:
                raise
            return False
        return True

    def objects(self, bucket: str, after: str) -> Iterator[tuple[str, str]]:
        """Yield key and ETag of a bucket's objects after a key, in the keys' order."""
        more = {"StartAfter": after} if after else {}
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.buckets[bucket], **more)
        for page in pages:
            for each in page.get("Contents", ()):
                yield each["Key"], each["ETag"]
