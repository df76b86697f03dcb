"""Reminders: what a subscriber is told by schedule, each at most once a period."""
