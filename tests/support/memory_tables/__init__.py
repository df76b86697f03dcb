"""DynamoDB's tables in memory, by the rules of those calls and expressions that the product uses.

moto spends most of a test on the way there and back; here a call is answered where botocore asks before it
makes one. A parameter, a function or a type that is not known here raises NotImplementedError and is never
passed over. tests/unit/test_memory_tables.py holds the answers against moto's, call by call; conditions under
real concurrency are tried on the local AWS.
"""

from tests.support.memory_tables.tables import MemoryTables, Snapshot

__all__ = ["MemoryTables", "Snapshot"]
