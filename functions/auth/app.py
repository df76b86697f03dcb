"""Entry of `auth`: consent, captcha, registration, signing in and out, recovery, Госуслуги."""

from cabinet.web.app import LazyRouter, create_app

app = create_app(
    "auth",
    lazy_routers=[
        LazyRouter(
            "auth.registration",
            "/api/auth/consent",
            "/api/auth/captchas",
            "/api/auth/registrations",
            "/api/auth/activations",
        ),
        LazyRouter("auth.sessions", "/api/auth/sessions/**"),
        LazyRouter("auth.recovery", "/api/auth/password-resets/**"),
        LazyRouter("auth.esia", "/api/auth/esia/**"),
    ],
)
