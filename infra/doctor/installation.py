"""The installation under check: its template, its names, its AWS."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.build.template import Template
from infra.cli import environment
from infra.cli.bank_contract import LOCAL_STACK

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from infra.build.template import Tree


@dataclass(frozen=True)
class Installation:
    """A stack, local or deployed.

    `names` maps logical ids, parameters and pseudo parameters to what `Ref` gives; `environment` is that of
    the functions.
    """

    stack: str
    is_local: bool
    template: Template
    names: Mapping[str, str]
    environment: Mapping[str, str]
    _clients: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    read_seconds: int = 5
    """Timeout of an answer: a check is short, a copy of a table takes longer."""

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
        """Return the client of a service, made once: making one is not safe in several threads at a time."""
        import boto3
        from botocore.config import Config

        settings = Config(
            connect_timeout=3, read_timeout=self.read_seconds, max_pool_connections=40,
            retries={"mode": "standard", "total_max_attempts": 2},
        )  # fmt: skip
        with self._lock:
            if service not in self._clients:
                self._clients[service] = boto3.client(service, config=settings)  # type: ignore[call-overload]
            return self._clients[service]

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 - a JSON tree
        """Evaluate the template's intrinsic functions with the stack's own names."""
        return self.template.resolve(value, self.names)

    def exists(self, logical_id: str) -> bool:
        """Return whether the template's resource is to be there: its condition holds."""
        condition = self.template.tree["Resources"][logical_id].get("Condition")
        return condition is None or self.template.condition(condition, self.names)

    def table(self, logical_id: str) -> str:
        """Return the table in use: the stack's own, or the restored copy that a parameter names instead."""
        return self.names.get(f"Restored{logical_id}") or self.names[logical_id]

    def queue_arn(self, logical_id: str) -> str:
        """Return the ARN of a queue of the stack: `Ref` gives its address."""
        name = self.names.get(logical_id, "").rsplit("/", 1)[-1]
        where = [self.names[f"AWS::{part}"] for part in ("Partition", "Region", "AccountId")]
        return "arn:{}:sqs:{}:{}:{}".format(*where, name)

    def function_arn(self, logical_id: str) -> str:
        """Return the ARN by which events start a function: that of its alias."""
        alias = self.template.tree["Globals"]["Function"]["AutoPublishAlias"]
        return self.names.get(f"{logical_id}Alias{alias}", "")

    def redeploy(self) -> str:
        """Return the command that brings the stack to what the template says."""
        if self.is_local:
            return "start the local stack anew: ./cabinet local --fresh"
        return f"deploy again: ./cabinet deploy --stack {self.stack}; then look for drift in CloudFormation"

    def events(self, kind: str) -> list[tuple[str, str, Tree]]:
        """Return function, name and properties of every event of a type that the template declares."""
        return [
            (logical_id, name, event.get("Properties", {}))
            for logical_id, properties in self.template.resources("AWS::Serverless::Function")
            for name, event in properties.get("Events", {}).items()
            if event["Type"] == kind
        ]


def select(arguments: argparse.Namespace, read_seconds: int = 5) -> Installation:
    """Point this process at the stack that `arguments` name, and return it; raises CommandError."""
    variables = environment.select_environment(arguments)
    stack = arguments.stack or LOCAL_STACK
    return Installation(
        stack=stack,
        is_local=arguments.stack is None,
        template=Template.load(),
        names=environment.stack_names(stack),
        environment=variables,
        read_seconds=read_seconds,
    )
