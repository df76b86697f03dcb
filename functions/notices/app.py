"""Entry of `notices`: no routes yet."""

from cabinet.http import create_app, lambda_handler

app = create_app("notices")
handler = lambda_handler(app)
