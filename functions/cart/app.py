"""Entry of `cart`: no routes yet."""

from cabinet.http import create_app, lambda_handler

app = create_app("cart")
handler = lambda_handler(app)
