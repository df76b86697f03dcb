"""Entry of `readings`: no routes yet."""

from cabinet.http import create_app, lambda_handler

app = create_app("readings")
handler = lambda_handler(app)
