"""The `queries` function."""
