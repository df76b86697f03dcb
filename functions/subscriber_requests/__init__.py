"""The `subscriber_requests` function."""
