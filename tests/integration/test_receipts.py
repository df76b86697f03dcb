"""The receipt's link on a local AWS: what a browser gets by it, and many demands at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from cabinet.receipts.fonts import load, prepare
from tests.support import pdf_reader
from tests.support.app_client import AppClient
from tests.support.factories import bound_accounts, imported_receipts
from tests.support.local_aws import LocalAws

PATH = "/api/accounts/uk-test:1234567899/documents/2019-09-united/pdf"


@pytest.fixture
def client(local_aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppClient:
    from receipts.app import app

    prepare.prepare(tmp_path / load.PREPARED)
    monkeypatch.syspath_prepend(tmp_path)
    return bound_accounts.browser(app, bound_accounts.user("u1", imported_receipts.write_all()))


def test_a_browser_opens_the_sheet_by_the_link_alone(client: AppClient):
    url = client.get(PATH).json()["url"]
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline;")
    assert len(pdf_reader.codes(answer.content)) == 2


def test_a_link_bent_to_another_sheet_is_refused(client: AppClient, local_aws: LocalAws):
    url = client.get(PATH).json()["url"]
    key = urlsplit(url).path.split("/", 2)[2]
    other = f"{key[:-5]}x.pdf"
    bucket = local_aws.environment["DOCUMENTS_BUCKET"]
    local_aws.client("s3").put_object(Bucket=bucket, Key=other, Body=b"another's")
    assert httpx.get(url.replace(key, other)).status_code == 403


def test_many_demands_at_once_store_one_sheet(client: AppClient, local_aws: LocalAws):
    client.get(PATH.replace("2019-09", "2019-01"))  # clients and keys are ready before the race
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.get(PATH), range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({urlsplit(answer.json()["url"]).path for answer in answers}) == 1
    bucket = local_aws.environment["DOCUMENTS_BUCKET"]
    assert local_aws.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 1
