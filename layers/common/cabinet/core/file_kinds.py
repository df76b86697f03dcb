"""Files that are sent in place of a table, known by their first bytes. Pure."""

_OTHER_KINDS = {
    b"PK\x03\x04": "это книга Excel или архив: сохраните лист как CSV",
    b"\xd0\xcf\x11\xe0": "это книга Excel: сохраните лист как CSV",
    b"%PDF": "это PDF, а нужна таблица в CSV",
}


def non_table_message(content: bytes) -> str | None:
    """Return what a file is instead of a table, and what to do; None where it may be one."""
    return next((said for start, said in _OTHER_KINDS.items() if content.startswith(start)), None)
