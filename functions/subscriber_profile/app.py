"""Entry of `subscriber_profile`: data, credentials, sessions, choices, pushes, tokens, calendar, leaving."""

from cabinet.web.app import Part, create_app

app = create_app(
    "subscriber_profile",
    parts=[
        Part("subscriber_profile.profile", "/api/profile"),
        Part(
            "subscriber_profile.credentials",
            "/api/profile/email-changes/**",
            "/api/profile/password",
            "/api/profile/esia",
        ),
        Part("subscriber_profile.sessions", "/api/profile/sessions/**", "/api/profile/security-events"),
        Part("subscriber_profile.preferences", "/api/profile/mailings/*", "/api/profile/notifications"),
        Part("subscriber_profile.access_tokens", "/api/profile/tokens/**"),
        Part("subscriber_profile.archives", "/api/profile/archive/**"),
        Part("subscriber_profile.calendar", "/api/profile/calendar"),
        Part("subscriber_profile.pushes", "/api/push/**"),
    ],
)
