"""Sending what the outbox holds: preferences, templates, channels, delivery."""
