"""Which stack a staff's command works on: the local one by default, a deployed one with `--stack NAME`."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from infra.build.template import ROOT, Template
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

DATA = ROOT / ".local" / "stack"
ENVIRONMENT_FILE = "environment.json"
STARTED = ROOT / ".local" / "started"
"""One file for each data folder that a local stack was ever started on, so that commands find it."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add `--stack` and `--data` to a command's parser."""
    parser.add_argument("--stack", metavar="NAME", help="a deployed stack; default: the local one")
    parser.add_argument("--data", metavar="DIR", type=Path, help="the local stack's data; default: what runs")


def run_on_stack(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    """Add `--stack` and `--data`, and run the command once this process is pointed at what they name."""

    def select_and_run(arguments: argparse.Namespace) -> int:
        select_environment(arguments)
        return run(arguments)

    add_options(parser)
    parser.set_defaults(run=select_and_run)


def select_environment(arguments: argparse.Namespace) -> dict[str, str]:
    """Point this process at the stack that ``arguments`` name, as if it were one of its functions.

    Call it before importing anything from `cabinet` that reads settings.

    Returns
    -------
    The environment that was set: the functions' own variables (`USERS_TABLE`, …).

    Raises
    ------
    CommandError
        When the local stack is not running, the deployed one does not exist or cannot be asked.
    """
    environment = deployed(arguments.stack) if arguments.stack else local(arguments.data)
    os.environ.update(environment)
    return environment


def installed(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the environment of what `--stack` or `--data` name; without them, of this process or locally.

    A machine of `cabinet serve` has the functions' variables in its own environment (docs/serve.md).
    """
    if not arguments.stack and not arguments.data and "USERS_TABLE" in os.environ:
        return dict(os.environ)
    return dict(os.environ) | select_environment(arguments)


def local(data: Path | None) -> dict[str, str]:
    """Return the environment of the running local stack, as `./cabinet local` left it in its data folder.

    Without ``data`` the one that runs is found, wherever its data is; raises CommandError when none does, or
    several do.
    """
    candidates = [data.resolve()] if data else _started_folders()
    running = {folder: found for folder in candidates if (found := _running(folder))}
    if not running:
        raise CommandError("the local stack is not running: start it with ./cabinet local")
    if len(running) > 1:
        options = " or ".join(f"--data {folder}" for folder in running)
        raise CommandError(f"several local stacks are running: say which by {options}")
    return next(iter(running.values()))


def remember_data_dir(data: Path) -> None:
    """Note that a local stack runs on a data folder."""
    STARTED.mkdir(parents=True, exist_ok=True)
    folder = str(data.resolve())
    (STARTED / hashlib.sha256(folder.encode()).hexdigest()[:16]).write_text(folder, "utf-8")


def _started_folders() -> list[Path]:
    noted = [Path(path.read_text("utf-8")) for path in sorted(STARTED.glob("*"))] if STARTED.exists() else []
    return list(dict.fromkeys([DATA, *noted]))


def _running(data: Path) -> dict[str, str] | None:
    """Return the environment that a stack left in its folder, None when it does not run any more."""
    path = data / ENVIRONMENT_FILE
    # The file stays when the stack stops, as its data does.
    environment: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return environment if _is_reachable(environment.get("AWS_ENDPOINT_URL", "")) else None


def _is_reachable(endpoint: str) -> bool:
    address = urlsplit(endpoint)
    try:
        socket.create_connection((address.hostname or "", address.port or 0), timeout=3).close()
    except OSError:
        return False
    return True


def deployed(stack: str) -> dict[str, str]:
    """Return the functions' environment of a deployed stack, from CloudFormation's account of it.

    Raises
    ------
    CommandError
        No such stack, or AWS cannot be asked: no region, no credentials, no connection.
    """
    return Template.load().function_environment(stack_names(stack))


def stack_names(stack: str) -> dict[str, str]:
    """Return the values of the template's references in a stack; raises CommandError as `deployed` does."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _stack_names(stack)
    except ClientError as error:
        raise CommandError(f"no stack {stack}: {error.response['Error']['Message']}") from error
    except BotoCoreError as error:
        raise CommandError(f"stack {stack} cannot be asked about: {error}") from error


def _stack_names(stack: str) -> dict[str, str]:
    import boto3

    cloudformation = boto3.client("cloudformation")
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    _, partition, _, region, account, *_ = described["StackId"].split(":")
    names = {
        "AWS::StackName": stack, "AWS::AccountId": account,
        "AWS::Region": region, "AWS::Partition": partition,
    }  # fmt: skip
    for parameter in described.get("Parameters", []):
        names[parameter["ParameterKey"]] = parameter["ParameterValue"]
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            names[resource["LogicalResourceId"]] = resource.get("PhysicalResourceId", "")
    return names
