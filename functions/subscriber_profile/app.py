"""Entry of `subscriber_profile`: data, credentials, sessions, choices, pushes, tokens, calendar, leaving."""

from cabinet.web.app import LazyRouter, create_app

app = create_app(
    "subscriber_profile",
    lazy_routers=[
        LazyRouter("subscriber_profile.profile", "/api/profile"),
        LazyRouter(
            "subscriber_profile.credentials",
            "/api/profile/email-changes/**",
            "/api/profile/password",
            "/api/profile/esia",
        ),
        LazyRouter("subscriber_profile.sessions", "/api/profile/sessions/**", "/api/profile/security-events"),
        LazyRouter("subscriber_profile.preferences", "/api/profile/mailings/*", "/api/profile/notifications"),
        LazyRouter("subscriber_profile.access_tokens", "/api/profile/tokens/**"),
        LazyRouter("subscriber_profile.archives", "/api/profile/archive/**"),
        LazyRouter("subscriber_profile.calendar", "/api/profile/calendar"),
        LazyRouter("subscriber_profile.pushes", "/api/push/**"),
    ],
)
