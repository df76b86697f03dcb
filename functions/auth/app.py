"""Entry of `auth`: no routes yet."""

from cabinet.http import create_app, lambda_handler

app = create_app("auth")
handler = lambda_handler(app)
