"""The `payment_callback` function."""
