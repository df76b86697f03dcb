"""The `binding` function."""
