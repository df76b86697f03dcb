"""`cabinet deploy --stack NAME`: functions, stack, site and a look at the result, in the right order."""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.build import executables, sam, site_upload, web
from infra.build.template import ROOT
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from infra.cli.subparsers import Subparsers

PAGES = ("/", "/index.html", "/sw.js")
"""What CloudFront must ask the bucket about anew."""
WAF_REGION = "us-east-1"
"""CloudFront takes web ACLs of this region alone."""
_SMOKE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it does, in words, and how."""

    title: str
    run: Callable[[], None]


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
    parser.add_argument("--plan", action="store_true", help="only print the steps")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the steps; the first that fails ends the deployment, and all of them may be run again."""
    if arguments.stack != arguments.stack.lower():
        raise CommandError("the stack's name must be lower case: its buckets are called by it")
    wanted = steps(arguments.stack, arguments.architecture, arguments.parameter, waf=arguments.waf)
    for number, step in enumerate(wanted, 1):
        print(f"{number}. {step.title}", flush=True)
        if not arguments.plan:
            step.run()
    return 0


def steps(stack: str, architecture: str, parameters: Sequence[str], *, waf: bool = False) -> list[Step]:
    """Return the steps: the site is built before anything changes, and uploaded after its API."""
    command = sam_deploy(stack, architecture, parameters)
    acl = f"{stack}-waf"
    acl_command = sam_deploy_waf(acl)
    shown = (*command, f"WebAclArn=<{acl}'s>") if waf else command
    return [
        Step(f"build the functions and layers for {architecture}", lambda: _build(architecture)),
        Step("build the site", web.build),
        *([Step(" ".join(("sam", *acl_command)), lambda: _sam(acl_command))] if waf else []),
        Step(" ".join(("sam", *shown)), lambda: _sam((*command, *_web_acl(acl)) if waf else command)),
        Step("upload the site: hashed files for ever, then the pages", lambda: _upload(stack)),
        Step(f"let CloudFront ask anew for {' '.join(PAGES)}", lambda: _invalidate(stack)),
        Step("look: the new page comes, the API answers", lambda: smoke_test(outputs(stack)["SiteUrl"])),
    ]


def sam_deploy(stack: str, architecture: str, parameters: Sequence[str]) -> tuple[str, ...]:
    """Return the SAM CLI's arguments; what the build decides, it decides whatever is asked for."""
    ours = {
        "Architecture": architecture, "ApiVersion": web.api_version(), sam.PUBLICATION: sam.publication(),
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


def _build(architecture: str) -> None:
    sam.build(architecture)


def _sam(command: Sequence[str]) -> None:
    done = subprocess.run(executables.sam(*command), cwd=ROOT, env=os.environ, check=False)
    if done.returncode:
        raise CommandError("the stack could not be deployed; the site was not touched")


def _upload(stack: str) -> None:
    import boto3

    uploaded, deleted = site_upload.upload(boto3.client("s3"), outputs(stack)["WebBucketName"], web.DIST)
    print(f"   {uploaded} files, {deleted} taken away")


def _invalidate(stack: str) -> None:
    import boto3

    boto3.client("cloudfront").create_invalidation(
        DistributionId=outputs(stack)["SiteId"],
        InvalidationBatch={
            "Paths": {"Quantity": len(PAGES), "Items": list(PAGES)},
            "CallerReference": str(time.time_ns()),
        },
    )
