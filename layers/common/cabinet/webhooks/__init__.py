"""Webhooks: what a supplier's billing system is told of by a call to it, signed, in order, at least once."""
