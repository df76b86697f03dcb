"""Entry of `subscriber_profile`: the subscriber's data, credentials, sessions, preferences, and deletion."""

from cabinet.web.app import create_app
from subscriber_profile import credentials, preferences, profile, sessions

app = create_app(
    "subscriber_profile", profile.router, credentials.router, sessions.router, preferences.router
)
