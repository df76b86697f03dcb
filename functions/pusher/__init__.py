"""The `pusher` function."""
