"""The number beside «Корзина»: read with every screen, so without the models of payments."""

from collections.abc import Collection

from cabinet.aws.dynamo import Item
from cabinet.core.compressed import decompress


def count_lines(row: Item | None, account_ids: Collection[str]) -> int:
    """Return how many lines a cart's row has of these accounts."""
    if row is None:
        return 0
    lines = decompress(row["packed"]) if "packed" in row else row.get("lines", [])
    return sum(line["account_id"] in account_ids for line in lines)
