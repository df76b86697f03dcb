"""Entry of `subscriber_profile`: data, credentials, sessions, choices, pushes, tokens, calendar, leaving."""

from cabinet.web.app import create_app
from subscriber_profile import (
    access_tokens,
    archives,
    calendar,
    credentials,
    preferences,
    profile,
    pushes,
    sessions,
)

app = create_app(
    "subscriber_profile",
    profile.router,
    credentials.router,
    sessions.router,
    preferences.router,
    access_tokens.router,
    archives.router,
    calendar.router,
    pushes.router,
)
