"""Reads template.yaml: the one description of resources, for the tests, the local stack and the checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"

type Tree = dict[str, Any]


class _Loader(yaml.CSafeLoader):
    """Safe YAML plus CloudFormation's short tags, read as their long form (`!Ref x` → `{"Ref": "x"}`)."""


def _long_form(loader: _Loader, tag: str, node: yaml.Node) -> Tree:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - yaml knows three kinds of node
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _long_form)


class UnresolvedError(LookupError):
    """A value of the template that cannot be known without deploying it."""


class Template:
    """The parsed template; `resources` gives resources of a type, `resolve` evaluates intrinsic functions."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    @classmethod
    def load(cls, path: Path = TEMPLATE) -> Template:
        """Parse the template at ``path``."""
        return cls(yaml.load(path.read_text("utf-8"), Loader=_Loader))  # noqa: S506 - derived from CSafeLoader

    def resources(self, kind: str) -> Iterator[tuple[str, Tree]]:
        """Logical id and properties of every resource whose type is ``kind``."""
        for name, resource in self.tree["Resources"].items():
            if resource["Type"] == kind:
                yield name, resource.get("Properties", {})

    def defaults(self) -> dict[str, str]:
        """Parameters' default values."""
        parameters = self.tree.get("Parameters", {})
        return {name: str(spec["Default"]) for name, spec in parameters.items() if "Default" in spec}

    def function_environment(self, names: Mapping[str, str]) -> dict[str, str]:
        """Return the environment that every function gets (Globals); unknowable values are left out.

        ``names`` maps logical ids and pseudo parameters to what `Ref` gives for them; `X.Attr` to `GetAtt`.
        """
        known = {}
        for key, value in self.tree["Globals"]["Function"]["Environment"]["Variables"].items():
            try:
                known[key] = str(self.resolve(value, names))
            except UnresolvedError:
                continue
        return {key: value for key, value in known.items() if not value.startswith("{{resolve:")}

    def resolve(self, value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - a JSON tree
        """Evaluate `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::If`, `Fn::Join` inside ``value``.

        Raises
        ------
        UnresolvedError
            When a name is neither in ``names`` nor a parameter with a default.
        """
        if isinstance(value, list):
            return [self.resolve(part, names) for part in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, argument), *_ = value.items()
            match function:
                case "Ref":
                    return self._name(argument, names)
                case "Fn::GetAtt":
                    return self._name(".".join(argument), names)
                case "Fn::Sub" if isinstance(argument, list):
                    text, own = argument
                    return self.resolve({"Fn::Sub": text}, {**names, **self.resolve(own, names)})
                case "Fn::Sub":
                    return re.sub(r"\$\{([\w:.]+)\}", lambda hit: self._name(hit[1], names), argument)
                case "Fn::Join":
                    return argument[0].join(self.resolve(argument[1], names))
                case "Fn::If":
                    chosen = argument[1] if self.condition(argument[0], names) else argument[2]
                    return self.resolve(chosen, names)
        plain = {key: self.resolve(part, names) for key, part in value.items()}
        return {key: part for key, part in plain.items() if part != NO_VALUE}

    def condition(self, name: str, names: Mapping[str, str]) -> bool:
        """Evaluate the named condition with parameters from ``names`` or their defaults."""
        return self._holds(self.tree["Conditions"][name], names)

    def _holds(self, test: Tree, names: Mapping[str, str]) -> bool:
        (function, argument), *_ = test.items()
        match function:
            case "Fn::Equals":
                left, right = self.resolve(argument, names)
                return str(left) == str(right)
            case "Fn::Not":
                return not self._holds(argument[0], names)
            case "Fn::And":
                return all(self._holds(part, names) for part in argument)
            case "Fn::Or":
                return any(self._holds(part, names) for part in argument)
            case "Condition":
                return self.condition(argument, names)
        raise UnresolvedError(function)

    def _name(self, name: str, names: Mapping[str, str]) -> str:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in names:
            return names[name]
        parameters = self.defaults()
        if name in parameters:
            return parameters[name]
        raise UnresolvedError(name)


NO_VALUE = "AWS::NoValue"
