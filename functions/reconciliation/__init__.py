"""The `reconciliation` function."""
