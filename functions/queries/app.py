"""Entry of `queries`: the first screen, the views of an account, and the calendar."""

from cabinet.web.app import LazyRouter, create_app

app = create_app(
    "queries",
    lazy_routers=[
        LazyRouter("queries.summary", "/api/accounts/*/summary"),
        LazyRouter(
            "queries.charges",
            "/api/accounts/*/services",
            "/api/accounts/*/charges",
            "/api/accounts/*/explanation",
            "/api/accounts/*/spending",
        ),
        LazyRouter("queries.payments", "/api/accounts/*/payments", "/api/accounts/*/documents"),
        LazyRouter("queries.meters", "/api/accounts/*/meters/**", "/api/accounts/*/consumption"),
        LazyRouter(
            "queries.meter_files", "/api/accounts/*/consumption.csv", "/api/accounts/*/green-button.xml"
        ),
        LazyRouter("queries.home", "/api/home"),
        LazyRouter("queries.calendar", "/api/calendar/*"),
    ],
)
