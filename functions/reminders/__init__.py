"""The `reminders` function."""
