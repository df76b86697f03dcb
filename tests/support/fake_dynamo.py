"""The few calls of a sign-in, answered from a dictionary: ten thousand guesses in seconds instead of minutes.

It keeps counters and rows as DynamoDB does and looks at no condition, so it serves to count attempts and
nothing else; conditions and rivals are tried on the local AWS (tests/integration/test_identity.py).
"""

from typing import Any

type Key = tuple[str, str]


def _key(wire: dict[str, Any]) -> Key:
    return wire["pk"]["S"], wire["sk"]["S"]


class Memory:
    """A table of items in DynamoDB's own notation."""

    def __init__(self) -> None:
        self.items: dict[Key, dict[str, Any]] = {}

    def get_item(self, **request: Any) -> dict[str, Any]:
        """Return the item."""
        found = self.items.get(_key(request["Key"]))
        return {"Item": found} if found else {}

    def query(self, **request: Any) -> dict[str, Any]:
        """Return the items of a partition whose sort key begins so."""
        values = request["ExpressionAttributeValues"]
        begins = values.get(":begins", {"S": ""})["S"]
        partition = values[":pk"]["S"]
        keys = sorted(key for key in self.items if key[0] == partition and key[1].startswith(begins))
        return {"Items": [self.items[key] for key in keys]}

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Add to a counter."""
        assert request["UpdateExpression"].startswith("ADD #counter :by"), request["UpdateExpression"]
        key = _key(request["Key"])
        item = self.items.setdefault(key, {**request["Key"], "attempts": {"N": "0"}})
        by = request["ExpressionAttributeValues"][":by"]["N"]
        item["attempts"] = {"N": str(int(item["attempts"]["N"]) + int(by))}
        item["expires_at"] = request["ExpressionAttributeValues"][":expires_at"]
        return {"Attributes": item}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Keep what is put."""
        for action in request["TransactItems"]:
            if "Put" in action:
                self.items[_key(action["Put"]["Item"])] = action["Put"]["Item"]
        return {}
