"""Entry of `receipts`: no routes yet."""

from cabinet.http import create_app, lambda_handler

app = create_app("receipts")
handler = lambda_handler(app)
