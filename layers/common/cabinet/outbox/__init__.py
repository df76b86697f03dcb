"""Mails that wait to be sent: rows that a domain writes in its own transaction."""
