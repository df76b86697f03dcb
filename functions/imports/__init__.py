"""The `imports` function."""
