"""The `exports` function."""
