"""The description tells every error as it is served: its kind, its codes, its further members."""

import json
from typing import Any

import pytest

from infra.build import openapi
from tests.support.openapi_guard import PROBLEM

DESCRIBED = json.loads(openapi.COMMITTED.read_text("utf-8"))
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DESCRIBED["paths"].items()
    for method, operation in operations.items()
}
SCHEMAS = DESCRIBED["components"]["schemas"]


def codes(operation: str, status: int) -> set[str]:
    found: set[str] = set()

    def walk(schema: Any) -> None:
        if isinstance(schema, dict):
            found.update(schema.get("enum", []))
            list(map(walk, schema.values()))
        elif isinstance(schema, list):
            list(map(walk, schema))

    walk(OPERATIONS[operation]["responses"][str(status)]["content"])
    return found


def test_every_error_is_declared_as_the_problem_that_is_served() -> None:
    kinds = {
        (name, status): list(response["content"])
        for name, operation in OPERATIONS.items()
        for status, response in operation["responses"].items()
        if int(status) >= 400
    }
    assert len(kinds) > 300
    assert {pair: kind for pair, kind in kinds.items() if kind != [PROBLEM]} == {}
    assert not {"HTTPValidationError", "ValidationError"} & set(SCHEMAS)


@pytest.mark.parametrize(
    ("operation", "status", "expected"),
    [
        ("POST /api/auth/sessions", 401, {"bad_credentials"}),
        ("POST /api/auth/sessions", 403, {"csrf", "not_activated"}),
        ("POST /api/auth/sessions", 429, {"too_many_requests"}),
        ("GET /api/accounts/{account_id}/summary", 401, {"unauthenticated"}),
        ("GET /api/accounts/{account_id}/summary", 404, {"not_found"}),
        ("GET /api/accounts/{account_id}/summary", 503, {"unavailable"}),
        ("GET /api/auth/consent", 414, {"uri_too_long"}),
        (
            "POST /api/cart/items",
            409,
            {
                "account_closed",
                "cart_full",
                "conflict",
                "feature_unavailable",
                "nothing_to_pay",
                "payee_unsaid",
                "receipt_paid",
            },
        ),
        ("POST /api/bindings", 409, {"already_bound", "conflict", "too_many_accounts"}),
        ("POST /api/bindings", 413, {"too_large"}),
        ("POST /api/cart/checkout", 502, {"bank_unavailable"}),
        ("POST /api/guest/readings/lookup", 404, {"account_not_found"}),
        ("GET /api/payments/rbs/callback", 403, {"forged"}),
        ("POST /api/payments/rbs/callback", 403, {"forged"}),
    ],
)
def test_a_route_declares_the_codes_that_it_can_answer(
    operation: str, status: int, expected: set[str]
) -> None:
    assert codes(operation, status) == expected


def test_an_error_that_is_met_later_says_when_to_ask_again() -> None:
    waits = [
        response["headers"]["Retry-After"]["required"]
        for operation in OPERATIONS.values()
        for status, response in operation["responses"].items()
        if status in ("429", "503")
    ]
    assert waits
    assert all(waits)


def test_an_accepted_request_is_answered_without_a_body() -> None:
    accepted = {name: op["responses"]["202"] for name, op in OPERATIONS.items() if "202" in op["responses"]}
    assert len(accepted) >= 3
    assert [name for name, response in accepted.items() if "content" in response] == []


def test_further_members_and_fields_have_schemas() -> None:
    assert SCHEMAS["Problem"]["properties"]["errors"]["items"] == {"$ref": "#/components/schemas/FieldError"}
    assert set(SCHEMAS["FieldError"]["required"]) == {"field", "code", "message"}
    previews = SCHEMAS["ConfirmationRequiredMembers"]
    assert previews["required"] == ["previews"]
    assert previews["properties"]["previews"]["items"] == {"$ref": "#/components/schemas/Preview"}
    titles = json.dumps(OPERATIONS["POST /api/accounts/{account_id}/readings"]["responses"]["409"])
    assert "ConfirmationRequiredMembers" in titles


def test_what_a_route_asks_for_is_declared() -> None:
    asked = {name: set(each) for name, op in OPERATIONS.items() for each in op.get("security", [])}
    assert asked["GET /api/profile"] == {"session"}
    assert asked["PATCH /api/profile"] == {"session", "site"}
    assert asked["POST /api/auth/sessions"] == {"site"}
    assert "POST /api/payments/rbs/callback" not in asked
