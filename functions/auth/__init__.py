"""The `auth` function."""
