"""Entry of `queries`: the first screen, the sheets of an account, and the calendar."""

from cabinet.web.app import Part, create_app

app = create_app(
    "queries",
    parts=[
        Part("queries.summary", "/api/accounts/*/summary"),
        Part(
            "queries.charges",
            "/api/accounts/*/services",
            "/api/accounts/*/charges",
            "/api/accounts/*/explanation",
            "/api/accounts/*/spending",
        ),
        Part("queries.payments", "/api/accounts/*/payments", "/api/accounts/*/documents"),
        Part("queries.meters", "/api/accounts/*/meters/**", "/api/accounts/*/consumption"),
        Part("queries.meter_files", "/api/accounts/*/consumption.csv", "/api/accounts/*/green-button.xml"),
        Part("queries.home", "/api/home"),
        Part("queries.calendar", "/api/calendar/*"),
    ],
)
