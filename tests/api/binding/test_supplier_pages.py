"""What a supplier shows its residents: the logo, the page of help, a consent of its own when one binds."""

import hashlib
from typing import Any

import pytest

from cabinet.accounts import suppliers
from cabinet.accounts.logo_rules import check
from cabinet.accounts.store import suppliers as stored
from cabinet.accounts.supplier_model import SupplierTexts
from cabinet.accounts.texts_and_logo import TextsAndLogo
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.identity.keys import consent_key
from infra.sample.suppliers import LOGO
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.factories import bound_accounts

TEXTS = SupplierTexts(help="Справки — в отделе.", consent="Я согласен на обработку.")
DROP = check(LOGO.encode())


def present(texts: SupplierTexts = TEXTS) -> None:
    """Apply texts and a logo beside the stored profile, as `cabinet supplier apply` does."""
    profile = stored(["uk-test"])["uk-test"].model_copy(update={"merchant": None, "features": []})
    suppliers.apply(profile, TextsAndLogo(texts, DROP))


@pytest.fixture
def client(aws: Aws) -> AppClient:
    from binding.app import app

    bound_accounts.supplier()
    bound_accounts.account()
    present()
    return bound_accounts.browser(app, bound_accounts.user("u1"))


def found(client: AppClient) -> Any:
    where = {"account_number": "1234567899", "house": "10", "flat": "1010"}
    (candidate,) = client.post("/api/bindings/search", json=where).json()["candidates"]
    return candidate


def bind(client: AppClient, **more: Any) -> Any:
    claim = {"candidate": found(client)["candidate"], "surname": "Иванов"}
    return client.post("/api/bindings", json=claim | more)


def test_a_logo_is_cached_forever_and_served_only_as_an_image(client: AppClient) -> None:
    version = found(client)["consent"]["version"]
    logo = bind(client, consent={"version": version}).json()["branding"]["logo"]
    assert logo == {"url": f"/api/suppliers/uk-test/logo/{DROP.name}", "width": 48, "height": 48}
    del client.headers["cookie"]
    answer = client.get(logo["url"])
    assert (answer.status_code, answer.content) == (200, LOGO.encode())
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["uk-test/logo/0123456789abcdef-1x1.svg", "no-such/logo/x.svg"])
def test_a_logo_that_is_no_more_is_not_found(client: AppClient, path: str) -> None:
    answer = client.get(f"/api/suppliers/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_help_of_a_supplier_is_open_to_anyone_and_empty_for_none(client: AppClient) -> None:
    del client.headers["cookie"]
    assert client.get("/api/suppliers/uk-test/help").json() == {"text": TEXTS.help}
    assert client.get("/api/suppliers/no-such/help").json() == {"text": ""}


def test_a_supplier_without_a_consent_asks_for_none(client: AppClient) -> None:
    present(SupplierTexts())
    assert "consent" not in found(client)
    assert bind(client).status_code == 201


def test_without_the_suppliers_consent_nothing_is_bound(client: AppClient) -> None:
    answer = bind(client)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "consent_required")
    assert client.get("/api/bindings").json() == {"items": []}


def test_a_consent_whose_text_has_changed_is_asked_for_again(client: AppClient) -> None:
    shown = found(client)["consent"]
    assert (shown["text"], shown["title"]) == (
        TEXTS.consent, "Согласие на обработку персональных данных: ООО «УК Тест»",
    )  # fmt: skip
    present(SupplierTexts(consent="Я согласен на большее."))
    answer = bind(client, consent={"version": shown["version"]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "consent_outdated")
    assert bind(client, consent={"version": found(client)["consent"]["version"]}).status_code == 201


def test_the_consent_is_kept_past_the_binding_and_given_again_with_the_next(client: AppClient) -> None:
    version = found(client)["consent"]["version"]
    bound = bind(client, consent={"version": version}).json()
    key = consent_key("u1", f"supplier-uk-test-{version}")
    record = dynamo.get(Table.USERS, key)
    assert record is not None
    assert record["text_sha256"] == hashlib.sha256(TEXTS.consent.encode()).hexdigest()
    assert (record["version"], record["address"]) == (version, bound_accounts.HEADERS["X-Forwarded-For"])
    assert client.delete(f"/api/bindings/{bound['account_id']}").status_code == 204
    assert bind(client, consent={"version": version}).status_code == 201
