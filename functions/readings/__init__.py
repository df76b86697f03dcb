"""The `readings` function: meter readings submitted by subscribers, and by guests without a cabinet."""
