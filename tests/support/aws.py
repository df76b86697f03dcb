"""The AWS that a test sees: its clients and tables, and what the product keeps of it between calls."""

import sys
from typing import Any

import boto3

REGION = "eu-central-1"


LOCAL_ENVIRONMENT = {
    "SITE_ORIGIN": "http://127.0.0.1:8000",
    "CLIENT_ADDRESS_HEADER": "x-forwarded-for",
    # Many residents of a test come from one address; tests/unit/web/test_address_limit.py has a limit.
    "ADDRESS_REQUESTS_PER_MINUTE": "0",
}


def clear_caches() -> None:
    """Forget clients, settings and secrets that the product's modules keep for a warm Lambda."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in PRODUCT_PACKAGES and module is not None:
            for value in list(vars(module).values()):
                forget = getattr(value, "cache_clear", None)
                if callable(forget):
                    forget()
    # boto3's own session keeps the credentials of whichever AWS it first spoke to.
    boto3.DEFAULT_SESSION = None


PRODUCT_PACKAGES = {
    "cabinet", "auth", "subscriber_profile", "binding", "queries", "readings", "cart", "payment_callback",
    "receipts", "subscriber_requests", "notices",
    "imports", "exports", "mailer", "reminders", "reconciliation",
}  # fmt: skip


class Aws:
    """The environment that the functions see and clients to look at its state."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def client(self, service: str) -> Any:
        """A boto3 client of the same AWS that the code under test talks to."""
        return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]

    def table(self, variable: str) -> Any:
        """Table resource by its variable: ``aws.table("USERS_TABLE").scan()``."""
        return boto3.resource("dynamodb", region_name=REGION).Table(self.environment[variable])
