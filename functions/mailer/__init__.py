"""The `mailer` function."""
