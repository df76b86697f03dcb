"""The site and its headers as CloudFront gives them, and the probes beside them."""

import gzip
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from infra.build.template import Template
from serve.app import create_app
from serve.site_headers import HSTS_HEADER, security_headers
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Listener, heard_by

PAGE = "<!doctype html><title>Личный кабинет</title>"
DESK = "<!doctype html><title>desk</title>"
SCRIPT = "console.log('кабинет');\n" * 100


class Unreachable(Listener):
    """No table can be reached."""

    def before(self, call: Call) -> None:
        if call.service == "dynamodb":
            raise EndpointConnectionError(endpoint_url="https://tables.test")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE, "utf-8")
    (tmp_path / "assets" / "app-1.js").write_text(SCRIPT, "utf-8")
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "index.html").write_text(DESK, "utf-8")
    (tmp_path / "cabinet.webmanifest").write_text("{}", "utf-8")
    return tmp_path


@pytest.fixture
def site(aws: Aws, template: Template, dist: Path) -> AppClient:
    return AppClient(create_app(template, dist=dist), raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/", "/settings", "/desks", "/index.html"])
def test_a_path_without_a_file_is_the_one_page(site: AppClient, path: str) -> None:
    answer = site.get(path)
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/desk", "/desk/", "/desk/requests/uk:261127-00001", "/desk/index.html"])
def test_a_path_of_the_desk_is_the_desks_page(site: AppClient, path: str) -> None:
    answer = site.get(path)
    assert (answer.status_code, answer.text) == (200, DESK)
    assert answer.headers["cache-control"] == "no-cache"


def test_a_hashed_file_is_kept_for_ever_and_packed(site: AppClient) -> None:
    answer = site.get("/assets/app-1.js")
    assert answer.text == SCRIPT
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-encoding"] == "gzip"
    plain = site.get("/assets/app-1.js", headers={"Accept-Encoding": "identity"})
    assert (plain.text, plain.headers.get("content-encoding")) == (SCRIPT, None)
    assert int(answer.headers["content-length"]) == len(gzip.compress(SCRIPT.encode(), mtime=0))


def test_an_unchanged_page_is_not_sent_again(site: AppClient, dist: Path) -> None:
    etag = site.get("/").headers["etag"]
    assert site.get("/", headers={"If-None-Match": etag}).status_code == 304
    (dist / "index.html").write_text(PAGE + "!", "utf-8")
    assert site.get("/", headers={"If-None-Match": etag}).text == PAGE + "!"


@pytest.mark.parametrize("path", ["/assets/none.js", "/../secret.txt", "/%2e%2e/secret.txt", "/a%00.js"])
def test_what_is_no_file_of_the_site_is_not_found(site: AppClient, dist: Path, path: str) -> None:
    (dist.parent / "secret.txt").write_text("secret", "utf-8")
    assert site.get(path).status_code == 404


def test_only_reading_is_answered(site: AppClient) -> None:
    assert site.post("/").status_code == 405
    head = site.head("/")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("path", ["/", "/api/profile", "/api/nothing", "/assets/none.js"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_answer_has_the_headers_of_the_template(
    site: AppClient, template: Template, path: str, scheme: str
) -> None:
    answer = site.get(f"{scheme}://testserver{path}")
    for name, value in security_headers(
        template, dict.fromkeys(("DocumentsBucket", "ExchangeBucket"), "https://uploads.test")
    ).items():
        if name == "Content-Security-Policy":
            assert value.split("connect-src")[0] in answer.headers[name]
        elif name != HSTS_HEADER:
            assert answer.headers[name] == value
    assert (HSTS_HEADER in answer.headers) == (scheme == "https")
    assert len(answer.headers.get_list("x-content-type-options")) == 1


def test_the_policy_lets_files_go_to_the_bucket_that_takes_them(site: AppClient, aws: Aws) -> None:
    policy = site.get("/").headers["content-security-policy"]
    hosts = " ".join(
        f"https://{aws.environment[name]}.s3.eu-central-1.amazonaws.com"
        for name in ("DOCUMENTS_BUCKET", "EXCHANGE_BUCKET")
    )
    assert f"connect-src 'self' {hosts};" in policy


def test_probes_tell_what_does_not_answer(aws: Aws, template: Template, dist: Path) -> None:
    site = AppClient(create_app(template, dist=dist))
    assert site.get("/healthz").json() == {"status": "ok"}
    assert (site.get("/readyz").status_code, site.get("/readyz").json()["missing"]) == (200, [])
    without = AppClient(create_app(template, dist=dist))
    with heard_by(Unreachable()):
        answer = without.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["storage"])
