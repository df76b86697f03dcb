"""What a start in Lambda leaves out (docs/adr/0007). It must run before FastAPI is imported."""

import gc
import os
import sys
import warnings
from types import ModuleType

_DEFAULT_GC_THRESHOLD = gc.get_threshold()

# What describes an API, and what traces it: a Lambda serves no OpenAPI document, and X-Ray needs neither.
_STUBBED_MODULES = (
    "fastapi.openapi.models",
    "opentelemetry", "opentelemetry._logs", "opentelemetry.context", "opentelemetry.metrics",
    "opentelemetry.propagators.textmap", "opentelemetry.trace",
)  # fmt: skip

# The hundred thousand objects that a start makes are no garbage; looking for it is a tenth of a start.
gc.set_threshold(200_000)

from pydantic import BaseModel  # noqa: E402 - it makes many of those objects
from pydantic.warnings import UnsupportedFieldAttributeWarning  # noqa: E402


def apply_cold_start_tweaks() -> None:
    """Put off, or leave out, what the first reply does not need."""
    # A model's validator is built when it is first needed, not when its class is read: FastAPI alone declares
    # some forty models for an OpenAPI document that a Lambda never makes.
    BaseModel.model_config["defer_build"] = True
    # FastAPI silences this warning about its own body fields at the moment when they used to be built.
    warnings.filterwarnings("ignore", category=UnsupportedFieldAttributeWarning)
    # FastAPI loads the whole of pydantic 1 only to find that no model of ours is one of its.
    sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        for name in _STUBBED_MODULES:
            sys.modules.setdefault(name, _StubModule(name))


def freeze_gc() -> None:
    """End the start: what stands now is never looked through again, and what requests make is, as usual."""
    gc.freeze()
    gc.set_threshold(*_DEFAULT_GC_THRESHOLD)


class _StubModule(ModuleType):
    """Stands for a module whose names FastAPI spells out, in annotations mostly, and has no use for here."""

    def __getattr__(self, name: str) -> type | ModuleType:
        if name.startswith("__"):
            raise AttributeError(name)
        return sys.modules.get(f"{self.__name__}.{name}") or type(name, (_StubClass,), {})


class _StubClass:
    """Takes what its namesake takes, and does nothing."""

    def __init__(self, *_: object) -> None: ...

    def __class_getitem__(cls, _: object) -> type:
        return cls
