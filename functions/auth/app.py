"""Entry of `auth`: consent, captcha, registration, signing in and out, recovery, Госуслуги."""

from auth import esia, recovery, registration, sessions
from cabinet.web.app import create_app

app = create_app("auth", registration.router, sessions.router, recovery.router, esia.router)
