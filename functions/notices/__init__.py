"""The `notices` function."""
