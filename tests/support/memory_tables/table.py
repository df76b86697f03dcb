"""One table: its items by their keys, and what it refuses to hold."""

from collections.abc import Iterable
from typing import Any

from tests.support.dynamo_cost import size
from tests.support.memory_tables.values import Invalid, Item

MAX_ITEM = 400 * 1024

type Key = tuple[str, str]
"""The texts of the partition key and the sort key: every key of the template is two texts."""
type Partitions = dict[str, dict[str, Item]]


class MemoryTable:
    """Items by partition and sort key. An item is never changed, but replaced by another."""

    def __init__(self, name: str, schema: dict[str, Any]) -> None:
        self.name = name
        self.key_names = _attributes(schema["KeySchema"])
        self.indexes = {
            index["IndexName"]: _attributes(index["KeySchema"])
            for index in schema.get("GlobalSecondaryIndexes", ())
        }
        self.partitions: Partitions = {}
        self._indexed: Partitions = {}
        """What the indexes below were made of: not `partitions`, once those were replaced as a whole."""
        self._in_indexes: dict[str, dict[str, dict[Key, Item]]] = {}

    def key_of(self, item: Item) -> Key:
        """Return the key of an item."""
        try:
            partition, sort = (item[name]["S"] for name in self.key_names)
        except KeyError:
            raise Invalid("The provided key element does not match the schema") from None
        if not partition or not sort:
            raise Invalid("One or more parameter values are not valid: a key attribute is empty")
        return partition, sort

    def exact_key(self, given: Item) -> Key:
        """Return the key of what must be a key and nothing more."""
        if len(given) != len(self.key_names):
            raise Invalid("The provided key element does not match the schema")
        return self.key_of(given)

    def get(self, key: Key) -> Item | None:
        """Return the item."""
        return self.partitions.get(key[0], {}).get(key[1])

    def keep(self, key: Key, item: Item | None) -> None:
        """Put the item in its place, or nothing."""
        if self._indexed is self.partitions:
            self._index(key, self.get(key), item)
        if item is not None:
            self.partitions.setdefault(key[0], {})[key[1]] = item
        elif partition := self.partitions.get(key[0]):
            partition.pop(key[1], None)

    def in_index(self, name: str, partition: str) -> Iterable[Item]:
        """Return the items of one partition of an index, in no order."""
        if self._indexed is not self.partitions:
            self._in_indexes = {}
            for item in self.items():
                self._index(self.key_of(item), None, item)
            self._indexed = self.partitions
        return self._in_indexes.get(name, {}).get(partition, {}).values()

    def _index(self, key: Key, old: Item | None, new: Item | None) -> None:
        for name, (partition_name, *_) in self.indexes.items():
            held = self._in_indexes.setdefault(name, {})
            if old is not None and partition_name in old:
                held[old[partition_name]["S"]].pop(key, None)
            if new is not None and partition_name in new:
                held.setdefault(new[partition_name]["S"], {})[key] = new

    def items(self) -> list[Item]:
        """Return all items, in no order that means anything."""
        return [item for partition in self.partitions.values() for item in partition.values()]

    def check(self, item: Item) -> None:
        """Refuse an item that DynamoDB would not take."""
        if size(item) > MAX_ITEM:
            raise Invalid("Item size has exceeded the maximum allowed size")
        for names in self.indexes.values():
            if any(name in item and not item[name].get("S") for name in names):
                raise Invalid("One or more parameter values were invalid: Type mismatch for Index Key")


def _attributes(schema: list[dict[str, str]]) -> list[str]:
    return [each["AttributeName"] for each in sorted(schema, key=lambda each: each["KeyType"])]
