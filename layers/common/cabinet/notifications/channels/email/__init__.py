"""E-mail: rendering, MIME, SES."""
