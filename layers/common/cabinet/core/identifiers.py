"""Identifiers that a supplier's things share: ``supplier:own``, of accounts, requests, notices, files."""


def supplier_part(identifier: str) -> str:
    """Return the supplier's part of an identifier."""
    return identifier.partition(":")[0]


def own_part(identifier: str) -> str:
    """Return the part that the supplier gave: of an account's identifier its number."""
    return identifier.partition(":")[2]
