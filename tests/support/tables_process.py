"""The tables in memory, in a process of their own: for a test that measures its own memory, or has many rows.

They are atomic as DynamoDB is, and a call costs a tenth of what it costs the local AWS.
"""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.managers import BaseManager
from typing import Any

import boto3

from cabinet.aws.dynamo import Table
from tests.support import aws_calls
from tests.support.aws_calls import Call
from tests.support.memory_tables import MemoryTables


class _TablesProcess(BaseManager):
    pass


_TablesProcess.register("tables", MemoryTables)


@contextmanager
def tables_in_a_process() -> Iterator[None]:
    """Answer the calls about items from tables like the test's own, empty, while the context lasts."""
    dynamodb = boto3.client("dynamodb")
    names = [table.physical_name for table in Table]
    schemas = {name: dynamodb.describe_table(TableName=name)["Table"] for name in names}
    # Not a fork: this process has threads.
    with _TablesProcess(ctx=multiprocessing.get_context("spawn")) as process:
        tables: Any = process.tables(schemas)  # type: ignore[attr-defined]

        def respond(call: Call) -> Any:
            return tables.respond(Call(call.service, call.operation, {}, call.body))

        with aws_calls.answered_by(respond):
            yield
