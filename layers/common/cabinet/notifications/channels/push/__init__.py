"""Web Push as a channel of notifications."""
