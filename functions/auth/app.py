"""Entry of `auth`: consent, captcha, registration, signing in and out, recovery, Госуслуги."""

from cabinet.web.app import create_app, lambda_handler

from auth import esia, recovery, registration, sessions

app = create_app("auth", registration.router, sessions.router, recovery.router, esia.router)
handler = lambda_handler(app)
