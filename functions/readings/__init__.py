"""The `readings` function."""
