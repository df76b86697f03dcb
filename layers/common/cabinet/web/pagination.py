"""Cursors of lists: the last key, signed and bound to its list, so that nobody reads on elsewhere."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from cabinet.aws.dynamo import Item
from cabinet.signed_tokens import Purpose, TokenInvalid, sign, verify

LongCursor = Annotated[str | None, Query(max_length=4096)]
"""A cursor as the address names it, of a list whose key or filters are long."""
_LIFETIME = timedelta(days=1)


def encode_cursor(list_name: str, next_key: Item | None) -> str | None:
    """Return the cursor of `next_key` within the list (for example ``payments/<account_id>``)."""
    return None if next_key is None else sign(Purpose.CURSOR, {"list": list_name, "key": next_key}, _LIFETIME)


def decode_cursor(list_name: str, cursor: str | None) -> Item | None:
    """Return the start key; raises TokenInvalid for a cursor that is forged or of another list."""
    if cursor is None:
        return None
    claims = verify(Purpose.CURSOR, cursor)
    if claims.get("list") != list_name:
        raise TokenInvalid
    key: Item = claims["key"]
    return key
