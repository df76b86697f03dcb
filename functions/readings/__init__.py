"""The `readings` function: meter readings handed in by subscribers, and by guests without a cabinet."""
