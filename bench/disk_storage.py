"""A DynamoDB and S3 on disk, answering in the process before anything is sent: for memory benches alone.

Items lie in SQLite and the registry in a file, so the storage takes no memory worth naming. Only what an
import does is understood, and of conditions only «absent»: races are tests/integration's.
"""

# botocore's hooks and raw bodies are typed wider than what is met here.
# mypy: disable-error-code="arg-type, union-attr, assignment, no-any-return"

from __future__ import annotations

import io
import json
import os
import re
import sqlite3
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    import boto3
    from botocore.awsrequest import AWSPreparedRequest

_SET = re.compile(r"#(\w+) = :(\w+)")


class DiskStorage:
    """Register with `answer_for`; `written` counts the items written, by the kind in their sort key."""

    def __init__(self, path: Path, registry: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-8192"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS items(pk TEXT, sk TEXT, item TEXT, PRIMARY KEY (pk, sk))"
        )
        self._db.execute("CREATE TABLE IF NOT EXISTS objects(path TEXT PRIMARY KEY, content BLOB)")
        self._lock = threading.Lock()
        self._registry = registry
        self.report = b""
        self.written: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()

    def answer_for(self, session: boto3.Session, timed: Callable[..., Any] = lambda work: work) -> None:
        """Answer every call of the session's clients; `timed` may wrap what answers."""
        # Else botocore wraps what it uploads into chunks with a checksum behind.
        os.environ["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_required"
        session.events.register("before-send.dynamodb", timed(self._dynamodb))
        session.events.register("before-send.s3", timed(self._s3))

    def _dynamodb(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        call = json.loads(request.body)
        self.calls[operation] += 1
        with self._lock:
            return getattr(self, f"_{operation}")(call)

    def _BatchGetItem(self, call: dict[str, Any]) -> AWSResponse:  # noqa: N802
        found: dict[str, list[Any]] = {}
        for table, wanted in call["RequestItems"].items():
            items = (self._item(key) for key in wanted["Keys"])
            names = set(wanted.get("ExpressionAttributeNames", {}).values())
            found[table] = [
                {name: value for name, value in item.items() if not names or name in names}
                for item in items
                if item is not None
            ]
        return _answer({"Responses": found, "UnprocessedKeys": {}})

    def _GetItem(self, call: dict[str, Any]) -> AWSResponse:  # noqa: N802
        item = self._item(call["Key"])
        return _answer({"Item": item} if item else {})

    def _Query(self, call: dict[str, Any]) -> AWSResponse:  # noqa: N802
        values = call["ExpressionAttributeValues"]
        begins = values.get(":begins", {"S": ""})["S"]
        rows = self._db.execute(
            "SELECT item FROM items WHERE pk = ? AND substr(sk, 1, ?) = ? ORDER BY sk",
            (values[":pk"]["S"], len(begins), begins),
        )
        return _answer({"Items": [json.loads(item) for (item,) in rows]})

    def _PutItem(self, call: dict[str, Any]) -> AWSResponse:  # noqa: N802
        self._write("Put", call)
        return _answer({})

    def _UpdateItem(self, call: dict[str, Any]) -> AWSResponse:  # noqa: N802
        self._write("Update", call)
        return _answer({})

    def _DeleteItem(self, call: dict[str, Any]) -> AWSResponse:  # noqa: N802
        self._db.execute("DELETE FROM items WHERE pk = ? AND sk = ?", _pair(call["Key"]))
        return _answer({})

    def _TransactWriteItems(self, call: dict[str, Any]) -> AWSResponse:  # noqa: N802
        self._db.execute("BEGIN")
        for action in call["TransactItems"]:
            ((verb, write),) = action.items()
            if verb == "Put" and write["ConditionExpression"] == "attribute_not_exists(pk)":
                assert self._item(write["Item"]) is None, "the bench does not answer refused conditions"
            self._write(verb, write)
        self._db.execute("COMMIT")
        return _answer({})

    def _write(self, verb: str, write: dict[str, Any]) -> None:
        if verb == "Put":
            item = write["Item"]
        else:
            item = self._item(write["Key"]) or dict(write["Key"])
            for name, value in _SET.findall(write["UpdateExpression"]):
                item[write["ExpressionAttributeNames"][f"#{name}"]] = write["ExpressionAttributeValues"][
                    f":{value}"
                ]
        pk, sk = _pair(item)
        self.written[sk.partition("#")[0]] += 1
        self._db.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", (pk, sk, json.dumps(item)))

    def _item(self, key: dict[str, Any]) -> dict[str, Any] | None:
        row = self._db.execute("SELECT item FROM items WHERE pk = ? AND sk = ?", _pair(key)).fetchone()
        return None if row is None else json.loads(row[0])

    def _s3(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        path = urlsplit(request.url).path.lstrip("/")
        if request.method == "PUT":
            content = request.body.read() if hasattr(request.body, "read") else request.body
            with self._lock:
                self._db.execute("INSERT OR REPLACE INTO objects VALUES (?, ?)", (path, content))
            if "reports/" in path:
                self.report = content
            return _response(b"", {"ETag": '"report"'})
        if "list-type" in urlsplit(request.url).query:
            return _response(b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>", {})
        if "inbound/" not in path:
            with self._lock:
                row = self._db.execute("SELECT content FROM objects WHERE path = ?", (path,)).fetchone()
            missing = b"<Error><Code>NoSuchKey</Code></Error>"
            return _response(row[0], {"ETag": '"object"'}) if row else _response(missing, {}, 404)
        headers = {
            "ETag": '"registry"',
            "Last-Modified": "Sat, 31 Oct 2026 04:10:12 GMT",
            "Content-Length": str(self._registry.stat().st_size),
        }
        if request.method == "HEAD":
            return _response(b"", headers)
        return AWSResponse(request.url, 200, headers, _Raw(self._registry.open("rb")))


class _Raw:
    """What botocore reads an answer from."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, amount: int | None = None, **_: object) -> bytes:
        return self._stream.read() if amount is None else self._stream.read(amount)

    def stream(self, amount: int = 65536, **_: object) -> Iterator[bytes]:
        while chunk := self._stream.read(amount):
            yield chunk


def _pair(key: dict[str, Any]) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]


def _answer(body: dict[str, Any]) -> AWSResponse:
    return _response(json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.0"})


def _response(body: bytes, headers: dict[str, str], status: int = 200) -> AWSResponse:
    return AWSResponse("https://disk", status, headers, _Raw(io.BytesIO(body)))
