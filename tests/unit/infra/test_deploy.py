"""`cabinet deploy`: the order of its steps, the site in its bucket, the smoke test of the result."""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cabinet.core.errors import TooManyRequests
from infra.build import sam, site_upload, web
from infra.build.template import ROOT, Template
from infra.cli.commands import deploy
from infra.cli.errors import CommandError
from serve.site_files import FOR_EVER
from tests.support.aws import REGION

WEB_ACL = "arn:aws:wafv2:us-east-1:1:global/webacl"


def options(**changes: Any) -> argparse.Namespace:
    given = {
        "stack": "cabinet", "architecture": "arm64", "parameter": [], "plan": False, "waf": False,
        "at_once": False, "back": False,
    }  # fmt: skip
    return argparse.Namespace(**given | changes)


def recorded(monkeypatch: pytest.MonkeyPatch, failing: str = "") -> list[str]:
    """Let every step note its name instead of working; one may fail."""
    ran: list[str] = []

    def noted(name: str) -> Any:
        def work(*_: Any) -> None:
            ran.append(name)
            if name == failing:
                raise CommandError(name)

        return work

    for name in ("_build", "_audit", "_sam", "_invalidate", "smoke_test"):
        monkeypatch.setattr(deploy, name, noted(name))
    monkeypatch.setattr(deploy.Pages, "upload", noted("upload"))
    monkeypatch.setattr(deploy.Pages, "put_back", noted("put_back"))
    monkeypatch.setattr(web, "build", noted("site"))
    monkeypatch.setattr(deploy, "outputs", lambda _: {"SiteUrl": "https://site"})
    return ran


def test_the_site_is_built_before_anything_changes_and_uploaded_after_the_api(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = recorded(monkeypatch)
    assert deploy.run(options()) == 0
    assert ran == ["_build", "site", "_audit", "_sam", "upload", "_invalidate", "smoke_test"]


@pytest.mark.parametrize(("failing", "done"), [("site", 2), ("_sam", 4)])
def test_a_step_that_fails_ends_it(monkeypatch: pytest.MonkeyPatch, failing: str, done: int) -> None:
    ran = recorded(monkeypatch, failing)
    with pytest.raises(CommandError):
        deploy.run(options())
    assert len(ran) == done


@pytest.mark.parametrize("failing", ["upload", "_invalidate", "smoke_test"])
def test_the_pages_of_before_come_back_when_a_later_step_fails(
    monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    ran = recorded(monkeypatch, failing)
    with pytest.raises(CommandError):
        deploy.run(options())
    assert ran[-2:] == [failing, "put_back"]


def test_an_earlier_commits_site_goes_up_before_its_api_and_comes_back_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = recorded(monkeypatch)
    deploy.run(options(back=True))
    assert ran == ["_build", "site", "_audit", "upload", "_invalidate", "_sam", "smoke_test"]
    ran = recorded(monkeypatch, "_sam")
    with pytest.raises(CommandError):
        deploy.run(options(back=True))
    assert ran[-2:] == ["_sam", "put_back"], "the API stayed the newer one, and so must its page"


@pytest.mark.parametrize(
    ("option", "rollout"),
    [({}, "Canary10Percent5Minutes"), ({"at_once": True}, "AllAtOnce"), ({"back": True}, "AllAtOnce")],
)
def test_requests_go_over_gradually_unless_it_is_asked_for(
    option: dict[str, bool], rollout: str, monkeypatch: pytest.MonkeyPatch, template: Template
) -> None:
    given: list[tuple[str, ...]] = []
    recorded(monkeypatch)
    monkeypatch.setattr(deploy, "_sam", lambda _, command: given.append(command))
    deploy.run(options(parameter=["Rollout=other"], **option))
    ((*_, asked),) = [[each for each in command if each.startswith("Rollout=")] for command in given]
    assert asked == f"Rollout={rollout}"
    assert rollout in template.tree["Parameters"]["Rollout"]["AllowedValues"]


def test_a_plan_prints_the_steps_and_does_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = recorded(monkeypatch)
    deploy.run(options(plan=True, parameter=["SiteDomain=lk.example.ru", "Architecture=x86_64"]))
    printed = capsys.readouterr().out
    assert ran == []
    assert len(printed.splitlines()) == 7
    version = f"ApiVersion={web.api_version()}"
    assert f"--parameter-overrides Architecture=arm64 {version} Publication=" in printed
    assert printed.count("Architecture=") == 1
    assert " SiteDomain=lk.example.ru\n" in printed


def test_web_acl_is_deployed_before_the_stack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[tuple[str, ...]] = []
    recorded(monkeypatch)
    monkeypatch.setattr(deploy, "_sam", lambda _, command, region=None: ran.append(command))
    asked: list[tuple[str, ...]] = []

    def outputs(*stack: str) -> dict[str, str]:
        asked.append(stack)
        assert len(ran) > 0, "the web ACL is asked for before it is there"
        return {"SiteUrl": "https://site", "WebAclArn": "arn:acl"}

    monkeypatch.setattr(deploy, "outputs", outputs)
    deploy.run(options(waf=True, parameter=["SiteDomain=lk.example.ru"]))
    acl, cabinet = ran
    assert acl[:3] == ("deploy", "--stack-name", "cabinet-waf")
    assert acl[acl.index("--region") + 1] == "us-east-1"
    assert Path(acl[acl.index("--template-file") + 1]).is_file()
    assert cabinet[-2:] == ("SiteDomain=lk.example.ru", "WebAclArn=arn:acl")
    assert asked[0] == ("cabinet-waf", "us-east-1")


def test_the_web_acl_counts_by_address_and_leaves_banks_out() -> None:
    acl = Template.load(ROOT / "infra" / "waf.yaml")
    ((_, properties),) = acl.resources("AWS::WAFv2::WebACL")
    assert (properties["Scope"], properties["DefaultAction"]) == ("CLOUDFRONT", {"Allow": {}})
    rules = {rule["Name"]: rule for rule in properties["Rules"] if "Action" in rule}
    for rule in rules.values():
        assert rule["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
        assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    counted = {
        name: rule["Statement"]["RateBasedStatement"]["ScopeDownStatement"] for name, rule in rules.items()
    }
    assert counted["SignIns"]["ByteMatchStatement"]["SearchString"] == "/api/auth/"
    banks = counted["Requests"]["NotStatement"]["Statement"]["ByteMatchStatement"]["SearchString"]
    assert banks == "/api/payments/"
    body = json.loads(properties["CustomResponseBodies"]["TooManyRequests"]["Content"])
    ours = TooManyRequests(300).problem()
    assert {name: body[name] for name in ("type", "title", "status", "code")} == {
        name: ours[name] for name in ("type", "title", "status", "code")
    }


@pytest.mark.parametrize(
    ("arn", "attached"), [("", None), (f"{WEB_ACL}/acl/1", f"{WEB_ACL}/acl/1")], ids=["without", "with"]
)
def test_the_site_stands_behind_the_web_acl_that_is_named(arn: str, attached: str | None) -> None:
    template = Template.load()
    ((_, site),) = template.resources("AWS::CloudFront::Distribution")
    chosen = {"WebACLId": site["DistributionConfig"]["WebACLId"]}
    expected = {} if attached is None else {"WebACLId": attached}
    assert template.resolve(chosen, {"WebAclArn": arn}) == expected


def test_each_deployment_publishes_the_functions_anew() -> None:
    """SAM does not look at parameters: a changed one would else wait for the next change of code."""
    told = [sam.new_version_token() for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{10}", each) for each in told), "what may end a logical id"
    properties = Template.load().resources("AWS::Serverless::Function")
    assert {str(each["AutoPublishCodeSha256"]) for _, each in properties} == {"{'Ref': 'Publication'}"}


def test_a_name_that_no_bucket_can_have_is_refused() -> None:
    with pytest.raises(CommandError, match="lower case"):
        deploy.run(options(stack="Cabinet"))


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    for name in ("index.html", "sw.js", "app.webmanifest", "assets/app-1.js", "assets/app-1.css"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_hashed_files_go_up_first_and_stay_and_pages_are_asked_about_anew(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name=REGION)
        s3.create_bucket(Bucket="web", CreateBucketConfiguration={"LocationConstraint": REGION})
        for key in ("assets/app-0.js", "old.html"):
            s3.put_object(Bucket="web", Key=key, Body=b"old")
        order: list[str] = []
        s3.meta.events.register(
            "provide-client-params.s3.PutObject", lambda params, **_: order.append(params["Key"])
        )
        assert site_upload.upload(s3, "web", built) == (5, 1)
        assert order[:2] == ["assets/app-1.css", "assets/app-1.js"]
        assert order[-1] == "index.html"
        stored = {each["Key"] for each in s3.list_objects_v2(Bucket="web")["Contents"]}
        assert stored == {*order, "assets/app-0.js"}
        asset, page = (s3.head_object(Bucket="web", Key=key) for key in ("assets/app-1.js", "index.html"))
        assert (asset["CacheControl"], asset["ContentType"]) == (FOR_EVER, "text/javascript")
        assert (page["CacheControl"], page["ContentType"]) == ("no-cache", "text/html")


def test_rollback_restores_pages_with_headers_and_deletes_new_ones(built: Path) -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name=REGION)
        s3.create_bucket(Bucket="web", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket="web", VersioningConfiguration={"Status": "Enabled"})
        site_upload.upload(s3, "web", built)
        former = site_upload.pages(s3, "web")
        for name in ("index.html", "new.html"):
            (built / name).write_text("broken")
        (built / "sw.js").unlink()
        site_upload.upload(s3, "web", built)
        for _ in range(2):
            site_upload.put_back(s3, "web", former)
        kept = {key: s3.get_object(Bucket="web", Key=key) for key in site_upload.pages(s3, "web")}
        assert {key: each["Body"].read().decode() for key, each in kept.items()} == {
            key: key for key in former
        }
        assert (kept["index.html"]["CacheControl"], kept["index.html"]["ContentType"]) == (
            "no-cache", "text/html",
        )  # fmt: skip


def test_a_site_that_is_not_the_one_that_was_built_fails_the_smoke_test(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "DIST", built)
    with pytest.raises(CommandError, match="does not work"):
        deploy.smoke_test("http://127.0.0.1:9", seconds=0.2)
