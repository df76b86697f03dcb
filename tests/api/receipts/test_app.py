"""The sheet through the function's app: made once, made anew when the data changed, for its owner only."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import time_machine
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError

from cabinet.core.correlation import HEADER
from cabinet.receipts import document_qr, documents_bucket, pdf_store
from cabinet.receipts.loader import load_document
from tests.support import moto_objects, pdf_reader
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.factories import bound_accounts, imported_receipts

PATH = "/api/accounts/uk-test:1234567899/documents/2019-09-united/pdf"


@pytest.fixture
def client(aws: Aws) -> AppClient:
    from receipts.app import app

    return bound_accounts.browser(app, bound_accounts.user("u1", imported_receipts.write_all()))


def stored(aws: Aws) -> list[str]:
    """Keys in the bucket of documents."""
    listed = aws.client("s3").list_objects_v2(Bucket=aws.environment["DOCUMENTS_BUCKET"])
    return [found["Key"] for found in listed.get("Contents", [])]


def test_a_session_that_opens_documents_alone_stays_alive(client: AppClient, aws: Aws) -> None:
    """It ends after an hour in which nothing was asked; each look is noted."""
    with time_machine.travel(datetime.now(UTC), tick=False) as moment:
        for _ in range(3):
            assert client.get(PATH).status_code == 200
            moment.shift(timedelta(minutes=40))
        moment.shift(timedelta(minutes=20))
        assert client.get(PATH).status_code == 401


def fetched(aws: Aws, key: str) -> bytes:
    documents = aws.environment["DOCUMENTS_BUCKET"]
    data: bytes = aws.client("s3").get_object(Bucket=documents, Key=key)["Body"].read()
    return data


def test_the_link_leads_to_the_sheet_for_five_minutes(client: AppClient, aws: Aws):
    answer = client.get(PATH)
    assert answer.status_code == 200
    address = urlsplit(answer.json()["url"])
    (key,) = stored(aws)
    assert unquote(address.path).endswith(key)
    query = parse_qs(address.query)
    assert query["X-Amz-Expires"] == ["300"]
    assert query["response-content-type"] == ["application/pdf"]
    name = unquote(query["response-content-disposition"][0].split("''")[1])
    assert query["response-content-disposition"][0].startswith("inline;")
    assert name == "Квитанция Объединённая Сентябрь 2019, лс 1234567899.pdf"
    expires = datetime.fromisoformat(answer.json()["expires_at"])
    assert timedelta(minutes=4) < expires - datetime.now(UTC) <= timedelta(minutes=5)


def test_the_stored_sheet_carries_the_owners_figures_and_codes(client: AppClient, aws: Aws):
    client.get(PATH)
    pdf = fetched(aws, stored(aws)[0])
    text = " ".join(" ".join(pdf_reader.page_texts(pdf)).split())
    for said in (
        "3 293,08",
        "3 528,30",
        "Иванов Иван Иванович",
        "757243",
        "Последняя оплата: 800,00 руб., принята 08.08.2019",
    ):
        assert said in text
    document = load_document(imported_receipts.ACCOUNT, imported_receipts.SUPPLIER, imported_receipts.RECEIPT)
    assert sorted(pdf_reader.codes(pdf)) == sorted(
        document_qr.payment_payload(document, share) for share in document.payees
    )


def test_a_second_demand_draws_nothing_anew(client: AppClient, aws: Aws):
    client.get(PATH)
    documents, (key,) = aws.environment["DOCUMENTS_BUCKET"], stored(aws)
    aws.client("s3").put_object(Bucket=documents, Key=key, Body=b"as it was")
    client.get(PATH)
    assert fetched(aws, key) == b"as it was"


def test_changed_data_make_another_sheet(client: AppClient, aws: Aws):
    first = client.get(PATH).json()["url"]
    table = aws.table("ACCOUNTS_TABLE")
    table.update_item(
        Key={"pk": "ACCOUNT#uk-test#1234567899", "sk": "RECEIPT#2019-09#united"},
        UpdateExpression="SET main.#total = :total",
        ExpressionAttributeNames={"#total": "total"},
        ExpressionAttributeValues={":total": 169157},
    )
    second = client.get(PATH).json()["url"]
    assert urlsplit(first).path != urlsplit(second).path
    assert len(stored(aws)) == 2


def test_a_rival_that_stores_the_sheet_first_does_no_harm(client: AppClient, aws: Aws):
    rivals: list[str] = []

    def rival(params: dict[str, Any], **_: object) -> None:
        if not rivals:
            rivals.append(params["url_path"])
            key = pdf_store.pdf_key(
                load_document(
                    imported_receipts.ACCOUNT, imported_receipts.SUPPLIER, imported_receipts.RECEIPT
                )
            )
            aws.client("s3").put_object(
                Bucket=aws.environment["DOCUMENTS_BUCKET"], Key=key, Body=b"the rival's"
            )

    documents_bucket.client().meta.events.register("before-call.s3.PutObject", rival)
    assert client.get(PATH).status_code == 200
    assert len(rivals) == 1
    assert fetched(aws, stored(aws)[0]) == b"the rival's"


def test_a_letters_attachment_is_the_very_file_of_the_documents_page(client: AppClient, aws: Aws):
    client.get(PATH)
    sheet = pdf_store.ensure_document(imported_receipts.ACCOUNT, imported_receipts.SUPPLIER, "2019-09-united")
    assert stored(aws) == [sheet.key]
    assert pdf_store.content(sheet) == fetched(aws, sheet.key)


def test_a_key_tells_nothing_about_the_subscriber(client: AppClient, aws: Aws):
    client.get(PATH)
    assert "1234567899" not in stored(aws)[0]


HOSTILE_DOCUMENTS = (
    "2019-08-united", "2019-09-water", "2019-13-united", "2019-09-", "x", "2019-09", "%00", "..", "%2e%2e",
    "2019-09-united%20", "2019-09-" + "я" * 65, "2019-09-united%23", "2019-09-" + "я" * 5000,
)  # fmt: skip
HOSTILE_ACCOUNTS = ("uk-test:1", "uk-test", "x:1234567899", ":", "uk-test:1234567899%23x")


def test_what_is_not_there_is_not_found(client: AppClient, aws: Aws):
    paths = [PATH.replace("2019-09-united", document) for document in HOSTILE_DOCUMENTS]
    paths += [PATH.replace("uk-test:1234567899", account) for account in HOSTILE_ACCOUNTS]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code in {404, 414, 422}, path
        assert answer.headers["content-type"] == "application/problem+json"
    assert stored(aws) == []


def test_anothers_document_and_an_unknown_one_cannot_be_told_apart(client: AppClient):
    from receipts.app import app

    stranger = bound_accounts.browser(app, bound_accounts.user("u2"))
    same = {HEADER: "one-and-the-same"}
    answer = stranger.get(PATH, headers=same)
    assert answer.status_code == 404
    assert answer.json() == client.get(PATH.replace("2019-09-united", "2019-08-united"), headers=same).json()


def test_without_a_session_there_is_no_document(client: AppClient):
    client.headers.pop("Cookie")
    assert client.get(PATH).status_code == 401


def test_a_receipt_of_an_unknown_payee_is_refused_in_words(client: AppClient, aws: Aws):
    line = imported_receipts.LINES[0].model_copy(update={"payee_inn": "500100732259"})
    imported_receipts.write_receipt(
        imported_receipts.RECEIPT.model_copy(update={"period": "2019-07", "services": [line]})
    )
    answer = client.get(PATH.replace("2019-09", "2019-07"))
    assert (answer.status_code, answer.json()["code"]) == (409, "sheet_unavailable")
    assert stored(aws) == []


def silent(**_: object) -> None:
    raise EndpointConnectionError(endpoint_url="http://s3")


def test_an_order_too_long_for_a_code_is_refused_in_words(client: AppClient, aws: Aws):
    aws.table("ACCOUNTS_TABLE").update_item(
        Key={"pk": "ACCOUNT#uk-test#1234567899", "sk": "ACCOUNT"},
        UpdateExpression="SET address.street = :street",
        ExpressionAttributeValues={":street": "Щ" * 3000},
    )
    answer = client.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (409, "sheet_unavailable")


class Empty(BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def broken(**_: object) -> AWSResponse:
    return AWSResponse("http://s3", 500, {}, Empty())


@pytest.mark.parametrize("operation", ["HeadObject", "PutObject"])
@pytest.mark.parametrize("fault", [silent, broken])
def test_an_outage_of_storage_is_told_as_such(
    client: AppClient, operation: str, fault: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moto_objects, "respond", lambda *_: None)  # a call that is sent can fail on its way
    documents_bucket.client().meta.events.register(f"before-send.s3.{operation}", fault)
    answer = client.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
