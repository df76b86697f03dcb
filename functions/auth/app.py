"""Entry of `auth`: consent, captcha, registration, signing in and out, recovery, Госуслуги."""

from cabinet.web.app import Part, create_app

app = create_app(
    "auth",
    parts=[
        Part(
            "auth.registration",
            "/api/auth/consent",
            "/api/auth/captchas",
            "/api/auth/registrations",
            "/api/auth/activations",
        ),
        Part("auth.sessions", "/api/auth/sessions/**"),
        Part("auth.recovery", "/api/auth/password-resets/**"),
        Part("auth.esia", "/api/auth/esia/**"),
    ],
)
