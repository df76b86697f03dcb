"""Entry of `subscriber_requests`: no routes yet."""

from cabinet.http import create_app, lambda_handler

app = create_app("subscriber_requests")
handler = lambda_handler(app)
