"""How long it takes to count whom a notice to all of a large supplier reaches, and of the processor.

    .local/venv/bin/python bench/notice_reach.py [accounts, 100000 by default]

The desk's own count runs, by the same calls and threads; a page of bindings is answered in the process, from
bytes that were made before, after the milliseconds that DynamoDB takes for a megabyte. Printed are the calls,
the bytes of their answers, the seconds that a person waits, and the processor's, as they would be where the
baseline is 40 ms; then what a function with 1 024 MB, which has 0.58 of a processor, takes at most.
"""

# botocore's hooks and raw bodies are typed wider than what is met here.
# mypy: disable-error-code="arg-type, union-attr"

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from io import BytesIO
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from cpu_baseline import QUIET_MS, BaselineSampler

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

PAGE_MS = 80
"""What DynamoDB takes for a page of a megabyte, the way there and back included: assumed, not measured."""
SHARE_OF_A_PROCESSOR = 1024 / 1769
SUPPLIER, PAGE = "center", 1000
os.environ |= {
    "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1", "USERS_TABLE": "users",
    "POWERTOOLS_LOG_LEVEL": "ERROR", "POWERTOOLS_SERVICE_NAME": "bench",
}  # fmt: skip


class Pages:
    """The bindings of a supplier as DynamoDB would send them, page by page, whole and projected."""

    def __init__(self, accounts: int) -> None:
        self.calls = 0
        self.sent = 0
        self._pages: dict[str, list[list[dict[str, Any]]]] = {}
        self._bodies: dict[tuple[str, int, str], bytes] = {}
        shards: dict[str, list[dict[str, Any]]] = {}
        for number in range(accounts):
            item = _binding(number)
            shards.setdefault(item["shard"]["S"], []).append(item)
        for shard, items in shards.items():
            self._pages[shard] = [list(page) for page in batched(items, PAGE, strict=False)]

    def prepare(self, names: str) -> None:
        """Write the bodies of all pages, of these attributes (by commas; all of them when empty)."""
        wanted = set(names.split(","))
        for shard, pages in self._pages.items():
            for place, page in enumerate(pages):
                items = [
                    {name: value for name, value in item.items() if not names or name in wanted}
                    for item in page
                ]
                answer: dict[str, Any] = {"Items": items, "Count": len(items)}
                if place + 1 < len(pages):
                    answer["LastEvaluatedKey"] = {"pk": {"S": "p"}, "at": {"N": str(place + 1)}}
                self._bodies[shard, place, names] = json.dumps(answer).encode()

    def play(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Answer a query instead of the network."""
        asked = json.loads(request.body)
        written = asked["ExpressionAttributeNames"]
        paths = [path for path in asked.get("ProjectionExpression", "").split(", ") if path]
        names = ",".join(sorted(written[path] for path in paths))
        place = int(asked.get("ExclusiveStartKey", {}).get("at", {"N": "0"})["N"])
        shard = asked["ExpressionAttributeValues"][":pk"]["S"]
        body = self._bodies.get((shard, place, names)) or b'{"Items": []}'
        self.calls += 1
        self.sent += len(body)
        time.sleep(PAGE_MS / 1000)
        raw = BytesIO(body)
        raw.stream = lambda **_: iter([body])  # type: ignore[attr-defined]
        return AWSResponse(request.url, 200, {"Content-Type": "application/x-amz-json-1.0"}, raw)


def _binding(number: int) -> dict[str, Any]:
    from cabinet.accounts.binding_store import binding_item
    from cabinet.accounts.model import Account, Address
    from cabinet.aws.dynamo.serialization import serialize_item

    digits = f"{number:010d}"
    address = Address(city="г. Кыштым", street="ул. Ленина", house=f"{number // 100}", flat=f"{number % 100}")
    account = Account(
        account_id=f"{SUPPLIER}:{digits}", supplier_id=SUPPLIER, number=digits, address=address,
        holder="Иванов Иван Иванович", latest_periods={"o": "2026-10", "k": "2026-10"},
    )  # fmt: skip
    item = binding_item(f"{number:032x}", account, datetime(2026, 1, 1, tzinfo=UTC))
    item["mailings_answer"] = {"at": "2026-01-01T00:00:00Z", "address": "198.51.100.7"}
    return serialize_item(item)


def main() -> int:
    """Count, and print the table."""
    from cabinet.aws import dynamo
    from cabinet.notices import audience

    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    pages = Pages(accounts)
    for names in ("", "account_id,expires_at,mailings,pk,sk"):
        pages.prepare(names)
    dynamo.dynamodb_client().meta.events.register_first("before-send.dynamodb.*", pages.play)
    with BaselineSampler() as sampler:
        began, processor = time.perf_counter(), time.process_time()
        reach = audience.count_supplier_reach_in_time(SUPPLIER, 0, "emergency")
        waited, spent = time.perf_counter() - began, time.process_time() - processor - sampler.seconds
    quiet = spent * QUIET_MS / sampler.mean
    at_most = quiet / SHARE_OF_A_PROCESSOR + pages.calls * PAGE_MS / 1000 / 8
    print(f"{reach.subscribers} recipients of {accounts}, fully counted: {reach.is_fully_counted}")
    print(f"{pages.calls} calls, {pages.sent / 1e6:.1f} MB of answers, {PAGE_MS} ms each")
    print(f"waited {waited:.1f} s; processor {spent:.1f} s at {sampler.mean:.0f} ms, {quiet:.1f} s at 40")
    print(f"with 0.58 of a processor, none of it overlapping: {at_most:.1f} s")
    return 0 if reach.is_fully_counted else 1


if __name__ == "__main__":
    raise SystemExit(main())
