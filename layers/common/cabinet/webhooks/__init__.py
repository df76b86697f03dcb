"""Webhooks: a supplier's billing system is notified by a call to it, signed, in order, at least once."""
