"""Reminders: mails to subscribers by schedule, each at most once a period."""
