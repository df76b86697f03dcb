"""What the tests that fuzz the description share: all functions behind one address, a failure in words."""

from itertools import count
from typing import Any

from tests.support import all_apps
from tests.support.aws import Aws

# A form of the right shape may be refused for what no schema tells: a used link, a wrong answer to a captcha,
# an address that is longer altogether than its parts may be.
REFUSALS = ["413", "414", "422"]
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "429", "502", "503", *REFUSALS]
REJECTED = ["400", "401", "403", "404", "405", "409", "413", "414", "415", "422", "429"]


def served(aws: Aws) -> Any:
    """Every function, where each request comes from an address of its own and nobody is gone for long."""
    site, numbers = all_apps.site(), count()
    table = aws.table("USERS_TABLE")
    people = table.scan()["Items"]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        number = next(numbers)
        address = f"198.51.{number // 250 % 250}.{number % 250}".encode()
        headers = [header for header in scope["headers"] if header[0] != b"x-forwarded-for"]
        await site(scope | {"headers": [*headers, (b"x-forwarded-for", address)]}, receive, send)
        if scope["method"] == "DELETE":
            for row in people:
                table.put_item(Item=row)

    return app


def failure_of(case_id: str, check: Any, recorder: Any) -> str:
    sent = recorder.interactions[case_id]
    answer = sent.response.content[:300].decode(errors="replace") if sent.response else "no answer"
    found = check.failure_info.failure
    return (
        f"{recorder.label}: {check.name}: {found.title}: {found.message[:300]}\n"
        f"  {sent.request.method} {sent.request.uri[:300]}\n  {answer}"
    )
