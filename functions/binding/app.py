"""Entry of `binding`: no routes yet."""

from cabinet.http import create_app, lambda_handler

app = create_app("binding")
handler = lambda_handler(app)
