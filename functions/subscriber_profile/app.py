"""Entry of `subscriber_profile`: no routes yet."""

from cabinet.http import create_app, lambda_handler

app = create_app("subscriber_profile")
handler = lambda_handler(app)
