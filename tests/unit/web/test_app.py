"""The guard, and errors as problem+json: what a client sends never becomes a 500."""

import json
from base64 import b64decode

import pytest
from botocore.exceptions import ClientError
from fastapi import Request
from pydantic import BaseModel, Field

from cabinet.core.errors import FieldError, InvalidFields, ServiceUnavailable, TooManyRequests
from cabinet.core.settings import http_settings
from cabinet.web.app import MAX_URI_BYTES, Identifier, create_app, create_router, lambda_handler
from tests.support.app_client import AppClient

OURS = {"X-Requested-With": "cabinet"}


class Row(BaseModel):
    value: int = Field(ge=0)


class Body(BaseModel):
    rows: list[Row]


@pytest.fixture
def client(aws):
    router = create_router()

    @router.post("/api/things")
    def things(body: Body) -> dict[str, int]:
        return {"count": len(body.rows)}

    @router.get("/api/things/{thing_id}")
    def thing(thing_id: Identifier) -> dict[str, str]:
        if thing_id == "busy":
            raise TooManyRequests(30)
        if thing_id == "broken":
            raise RuntimeError("Иванов Иван, +7 900")
        if thing_id == "throttled":
            raise ServiceUnavailable from ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem")
        raise InvalidFields(FieldError("thing", "odd", "Странно."))

    @router.delete("/api/things/{thing_id}")
    def forget(thing_id: Identifier) -> None:
        return None

    @router.post("/api/hook")
    def hook() -> None:
        return None

    app = create_app("things", router, externally_called_paths=["/api/hook"])
    return AppClient(app, raise_server_exceptions=False, base_url="http://127.0.0.1:8000")


def test_an_unsafe_request_without_our_header_is_refused(client):
    answer = client.post("/api/things", json={"rows": []})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


@pytest.mark.parametrize("told", [{}, {"X-Origin-Token": "guess"}, {"X-Origin-Token": "s\xe9cret"}])
def test_a_request_around_the_one_origin_is_not_answered(
    client: AppClient, monkeypatch: pytest.MonkeyPatch, told: dict[str, str]
) -> None:
    monkeypatch.setenv("ORIGIN_TOKEN", "secret")
    http_settings.cache_clear()
    headers = {name: value.encode("latin-1") for name, value in told.items()}
    assert client.get("/api/things/busy", headers=headers).status_code == 404
    assert client.get("/api/things/busy", headers={"X-Origin-Token": "secret"}).status_code == 429
    http_settings.cache_clear()


def test_a_method_that_a_path_lacks_is_refused_with_those_that_it_has(client):
    for method, path, allowed in (
        ("PUT", "/api/things", "POST"),
        ("PATCH", "/api/things/x", "DELETE, GET"),
        ("OPTIONS", "/api/hook", "POST"),
    ):
        answer = client.request(method, path, headers=OURS)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert (answer.headers["allow"], answer.headers["cache-control"]) == (allowed, "no-store")


def test_a_slash_too_many_is_unknown_and_leads_nowhere(client):
    for answer in (
        client.get("/api/things/x/", follow_redirects=False),
        client.post("/api/things/", json={"rows": []}, headers=OURS, follow_redirects=False),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "location" not in answer.headers


def test_a_request_from_another_site_is_refused_whatever_header_it_has(client):
    answer = client.post("/api/things", json={"rows": []}, headers=OURS | {"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_a_request_from_our_own_site_passes(client):
    answer = client.post("/api/things", json={"rows": []}, headers=OURS | {"Origin": "http://127.0.0.1:8000"})
    assert answer.json() == {"count": 0}


def test_a_bank_need_not_know_our_header(client):
    assert client.post("/api/hook").status_code == 200


def test_a_field_is_named_as_the_contract_names_it_in_russian(client):
    answer = client.post("/api/things", json={"rows": [{"value": 1}, {"value": "x"}]}, headers=OURS)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"] == [
        {"field": "rows[1].value", "code": "invalid", "message": "Неверное значение."}
    ]


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b"[]", b"null", b'{"rows": 1}', b'{"rows":[{"value":1e400}]}',
     b'{"rows":[{"value":NaN}]}', b'{"rows":[{"value":-1}]}', b'{"rows":"\\ud800"}', b"[" * 50_000],
)  # fmt: skip
def test_a_broken_body_is_the_clients_error(client, body):
    answer = client.post("/api/things", content=body, headers=OURS | {"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"]


def test_a_body_beyond_the_limit_is_not_read(client):
    answer = client.post("/api/things", content=b"x" * (256 * 1024 + 1), headers=OURS)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_limit_says_when_to_come_back(client):
    answer = client.get("/api/things/busy")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")


def test_one_fields_code_is_the_answers_code(client):
    assert client.get("/api/things/x").json()["code"] == "odd"


@pytest.mark.parametrize("path", ["/api/nothing", "/", "/api/things/a/b"])
def test_an_unknown_path_is_a_problem_too(client, path):
    assert client.get(path).json()["code"] == "not_found"


@pytest.mark.parametrize("identifier", ["a%23b", "x" * 129, "%00", "a%0Ab"])
def test_an_identifier_that_no_key_can_hold_is_refused(client, identifier):
    assert client.get(f"/api/things/{identifier}").status_code in (404, 422)


def event_of(method, path):
    """Return an API Gateway event as Mangum takes it."""
    return {
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": {},
        "isBase64Encoded": False,
        "requestContext": {"requestId": "r", "stage": "$default", "http": {
            "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "1.1.1.1"}},
    }  # fmt: skip


def test_a_failure_of_ours_tells_nobody_what_somebody_typed(client, capfd, caplog):
    answer = client.get("/api/things/broken")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "Иванов" not in answer.text
    reply = lambda_handler(client.app)(event_of("GET", "/api/things/broken"), None)
    assert (reply["statusCode"], json.loads(b64decode(reply["body"]))["code"]) == (500, "internal")
    logged = "".join(capfd.readouterr()) + caplog.text + "".join(str(vars(each)) for each in caplog.records)
    assert "request_failed" in logged
    assert "Иванов" not in logged


def test_every_5xx_leaves_a_line_with_its_code_and_place(client, caplog):
    assert client.get("/api/things/throttled").status_code == 503
    client.get("/api/things/broken")
    lines = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
    assert [(line["message"], line["code"]) for line in lines] == [
        ("request_unavailable", "ThrottlingException"),
        ("request_failed", "internal"),
    ]
    assert all(line["place"].startswith("test_app.py:") for line in lines)


def test_nothing_is_cached_on_the_way(client):
    assert client.get("/api/things/x").headers["cache-control"] == "no-store"


def test_an_endpoint_that_waits_for_the_body_is_waited_for_in_a_lambda_too(aws):
    router = create_router()

    @router.post("/api/hook")
    async def hook(request: Request) -> int:
        return len(await request.body())

    handler = lambda_handler(create_app("hooks", router, externally_called_paths=["/api/hook"]))
    assert handler(event_of("POST", "/api/hook") | {"body": "twelve bytes"}, None)["body"] == "12"


def test_the_lambda_entry_speaks_payload_2(client):
    event = {
        "version": "2.0", "rawPath": "/api/things", "rawQueryString": "", "isBase64Encoded": False,
        "headers": {"x-requested-with": "cabinet", "content-type": "application/json"},
        "body": '{"rows": []}',
        "requestContext": {"requestId": "r", "stage": "$default", "http": {
            "method": "POST", "path": "/api/things", "protocol": "HTTP/1.1", "sourceIp": "1.1.1.1"}},
    }  # fmt: skip
    answer = lambda_handler(client.app)(event, None)
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"count": 0})


@pytest.mark.parametrize(("extra", "status"), [(0, 422), (1, 414)])
def test_an_address_beyond_the_limit_is_refused_before_any_work(client, extra: int, status: int) -> None:
    query = "?x=" + "y" * (MAX_URI_BYTES - len("/api/things/a") - len("x=") + extra)
    answer = client.get(f"/api/things/a{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_an_address_beyond_the_limit_is_refused_behind_api_gateway_as_well(client) -> None:
    event = {
        "version": "2.0", "routeKey": "ANY /api/{proxy+}", "rawPath": "/api/things/a",
        "rawQueryString": "x=" + "y" * 66_000, "headers": {},
        "requestContext": {"requestId": "r", "stage": "$default", "http": {
            "method": "GET", "path": "/api/things/a", "protocol": "HTTP/1.1", "sourceIp": "1.1.1.1"}},
    }  # fmt: skip
    answer = lambda_handler(client.app)(event, None)
    problem = json.loads(b64decode(answer["body"]))
    assert (answer["statusCode"], problem["code"]) == (414, "uri_too_long")
