"""Entry of `queries`: no routes yet."""

from cabinet.http import create_app, lambda_handler

app = create_app("queries")
handler = lambda_handler(app)
