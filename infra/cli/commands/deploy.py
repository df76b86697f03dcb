"""`cabinet deploy --stack NAME`: functions, stack, site and a check of the result, in the right order.

A page goes up after the API that it needs, and goes back when a later step fails; with `--back` it is first.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.build import executables, sam, site_upload, web
from infra.build.template import ROOT, Template
from infra.cli import environment, stack_failure
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_s3 import S3Client

    from infra.cli.subparsers import Subparsers

PAGES = ("/", "/index.html", "/desk/index.html", "/sw.js")
"""What CloudFront must ask the bucket about anew."""
WAF_REGION = "us-east-1"
"""CloudFront takes web ACLs of this region alone."""
_SMOKE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it does, in words, and how; `undo` is run when it or a later one fails."""

    title: str
    run: Callable[[], None]
    undo: Callable[[], None] | None = None


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("deploy", help="build, deploy, upload the site and look whether it works")
    parser.add_argument("--stack", required=True, metavar="NAME", help="lower case: buckets are called by it")
    parser.add_argument("--architecture", choices=sam.ARCHITECTURES, default=sam.ARCHITECTURES[0])
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE",
        help="of the template; what is not named stays as it is",
    )  # fmt: skip
    parser.add_argument(
        "--waf", action="store_true", help="a web ACL in front of the site (us-east-1, some 8 USD a month)"
    )
    parser.add_argument(
        "--at-once",
        action="store_true",
        help="all requests to the new versions, whatever alarms say: in an incident, for development",
    )
    parser.add_argument(
        "--back", action="store_true", help="this commit is an earlier one: its site first, its API at once"
    )
    parser.add_argument("--plan", action="store_true", help="only print the steps")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the steps; the first that fails ends the deployment, and all of them may be run again."""
    if arguments.stack != arguments.stack.lower():
        raise CommandError("the stack's name must be lower case: its buckets are called by it")
    rollout = sam.AT_ONCE if arguments.at_once or arguments.back else sam.GRADUAL
    command = sam_deploy(arguments.stack, arguments.architecture, arguments.parameter, rollout)
    wanted = steps(
        arguments.stack, arguments.architecture, command, rollout, waf=arguments.waf, back=arguments.back
    )
    undoing: list[Callable[[], None]] = []
    try:
        for number, step in enumerate(wanted, 1):
            print(f"{number}. {step.title}", flush=True)
            if not arguments.plan:
                undoing += [step.undo] if step.undo else []
                step.run()
    except BaseException:
        for undo in reversed(undoing):
            undo()
        raise
    return 0


def steps(
    stack: str, architecture: str, command: Sequence[str], rollout: str = sam.GRADUAL,
    *, waf: bool = False, back: bool = False,
) -> list[Step]:  # fmt: skip
    """Return the steps: the site is built before anything changes, and uploaded after its API.

    An earlier commit's site goes up before its API: a page never asks for what its API does not know yet.
    """
    acl = f"{stack}-waf"
    acl_command = sam_deploy_waf(acl)
    shown = (*command, f"WebAclArn=<{acl}'s>") if waf else command
    api = [
        *([Step(" ".join(("sam", *acl_command)), lambda: _sam(acl, acl_command, WAF_REGION))] if waf else []),
        Step(
            " ".join(("sam", *shown)),
            lambda: _sam(stack, (*command, *_web_acl(acl)) if waf else command),
        ),
    ]
    pages = Pages(stack)
    site = [
        Step("upload the site: hashed files for ever first, then the pages", pages.upload, pages.put_back),
        Step(f"let CloudFront ask anew for {' '.join(PAGES)}", lambda: _invalidate(stack)),
    ]
    return [
        Step(f"build the functions and layers for {architecture}", lambda: _build(architecture)),
        Step("build the site", web.build),
        Step("note it in the audit log", lambda: _audit(stack, rollout)),
        *(site + api if back else api + site),
        Step("look: the new page comes, the API answers", lambda: smoke_test(outputs(stack)["SiteUrl"])),
    ]


def sam_deploy(
    stack: str, architecture: str, parameters: Sequence[str], rollout: str = sam.GRADUAL
) -> tuple[str, ...]:
    """Return the SAM CLI's arguments; what the build decides, it decides whatever is asked for."""
    ours = {
        "Architecture": architecture, "ApiVersion": web.api_version(),
        sam.VERSION_PARAMETER: sam.new_version_token(),
        sam.ROLLOUT: rollout,
    }  # fmt: skip
    return (
        "deploy", "--stack-name", stack, "--resolve-s3", "--capabilities", "CAPABILITY_IAM",
        "--no-confirm-changeset", "--no-fail-on-empty-changeset",
        "--parameter-overrides", *(f"{name}={value}" for name, value in ours.items()),
        *(each for each in parameters if each.partition("=")[0] not in ours),
    )  # fmt: skip


def sam_deploy_waf(acl: str) -> tuple[str, ...]:
    """Return the SAM CLI's arguments for the stack of the web ACL."""
    return (
        "deploy", "--stack-name", acl, "--template-file", str(ROOT / "infra" / "waf.yaml"),
        "--region", WAF_REGION, "--no-confirm-changeset", "--no-fail-on-empty-changeset",
    )  # fmt: skip


def outputs(stack: str, region: str | None = None) -> Mapping[str, str]:
    """Return the stack's outputs by name."""
    import boto3

    client = boto3.client("cloudformation", region_name=region)
    (described,) = client.describe_stacks(StackName=stack)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}


def smoke_test(site: str, seconds: float = _SMOKE_SECONDS) -> None:
    """Wait until the site is the one that was built and the API answers behind it; raises CommandError."""
    import httpx

    wanted = (web.DIST / "index.html").read_bytes()
    deadline = time.monotonic() + seconds
    failure = ""
    while time.monotonic() < deadline:
        try:
            page, consent = httpx.get(f"{site}/"), httpx.get(f"{site}/api/auth/consent")
            if page.content == wanted and consent.status_code == 200:
                return
            is_new = "new" if page.content == wanted else "not the one that was built"
            failure = f"the page is {is_new}, /api/auth/consent answers {consent.status_code}"
        except httpx.HTTPError as error:
            failure = f"{type(error).__name__}: {error}"
        time.sleep(min(5.0, seconds / 10))
    raise CommandError(f"{site} does not work after {seconds:.0f} s: {failure}")


def _web_acl(acl: str) -> tuple[str]:
    return (f"WebAclArn={outputs(acl, WAF_REGION)['WebAclArn']}",)


def _audit(stack: str, rollout: str) -> None:
    """Write the audit row of the deployment, before it; go on without one where the log cannot be written.

    The first deployment makes the log, and a later one may be what repairs its table: who did that, the
    events of CloudFormation tell.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from cabinet.audit.model import Action
    from infra.cli.command_audit import audit_in_tables

    try:
        names = environment.stack_names(stack)
        users = Template.load().function_environment(names)["USERS_TABLE"]
        audit_in_tables(
            boto3.client("dynamodb"), [users], Action.DEPLOYED, f"stack:{stack}",
            before={"api_version": names.get("ApiVersion", "")},
            after={"api_version": web.api_version(), "rollout": rollout},
        )  # fmt: skip
    except (CommandError, BotoCoreError, ClientError, KeyError) as error:
        print(f"   no row there ({type(error).__name__}: {error}): see the stack's events for who deployed")


def _build(architecture: str) -> None:
    sam.build(architecture)


def _sam(stack: str, command: Sequence[str], region: str | None = None) -> None:
    """Deploy and wait, the rollout too; raises CommandError with what the stack says about a failure."""
    import boto3

    cloudformation = boto3.client("cloudformation", region_name=region)
    last = stack_failure.last_event(cloudformation, stack)
    done = subprocess.run(executables.sam(*command), cwd=ROOT, env=os.environ, check=False)
    if done.returncode:
        cloudwatch = boto3.client("cloudwatch", region_name=region)
        raise CommandError(stack_failure.describe(cloudformation, cloudwatch, stack, last))


class Pages:
    """The pages of the site's bucket, and those that were there before."""

    def __init__(self, stack: str) -> None:
        self._stack = stack
        self._former: Mapping[str, str] = {}

    def upload(self) -> None:
        """Upload what was built."""
        s3, bucket = self._bucket()
        self._former = site_upload.pages(s3, bucket)
        uploaded, deleted = site_upload.upload(s3, bucket, web.DIST)
        print(f"   {uploaded} files, {deleted} taken away")

    def put_back(self) -> None:
        """Bring the pages back that were there before the upload; a first deployment had none."""
        if self._former:
            count = site_upload.put_back(*self._bucket(), self._former)
            _invalidate(self._stack)
            print(f"   the previous pages are back ({count} changed)", flush=True)

    def _bucket(self) -> tuple[S3Client, str]:
        import boto3

        return boto3.client("s3"), outputs(self._stack)["WebBucketName"]


def _invalidate(stack: str) -> None:
    import boto3

    boto3.client("cloudfront").create_invalidation(
        DistributionId=outputs(stack)["SiteId"],
        InvalidationBatch={
            "Paths": {"Quantity": len(PAGES), "Items": list(PAGES)},
            "CallerReference": str(time.time_ns()),
        },
    )
