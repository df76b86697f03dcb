"""Entry of `subscriber_profile`: the subscriber's own data, keys, devices, mailings, and leaving."""

from cabinet.http import create_app, lambda_handler

from subscriber_profile import devices, keys, mailings, own_data

app = create_app("subscriber_profile", own_data.router, keys.router, devices.router, mailings.router)
handler = lambda_handler(app)
