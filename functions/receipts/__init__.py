"""The `receipts` function."""
