"""Entry of `auth`: consent, captcha, registration, signing in and out, recovery, Госуслуги."""

from auth import registration, sessions
from cabinet.http import create_app, lambda_handler

app = create_app("auth", registration.router, sessions.router)
handler = lambda_handler(app)
