"""The `subscriber_profile` function."""
