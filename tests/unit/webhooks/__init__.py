"""Webhooks: rules, signatures, delivery, whatever the worker dies at."""
