"""Entry of `payment_callback`: no routes yet."""

from cabinet.http import create_app, lambda_handler

app = create_app("payment_callback")
handler = lambda_handler(app)
