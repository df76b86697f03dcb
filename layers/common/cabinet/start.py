"""What a start in Lambda leaves out (docs/adr/0007). It must run before FastAPI is imported."""

import gc
import os
import sys
import warnings
from types import ModuleType

_USUAL = gc.get_threshold()

# The hundred thousand objects that a start makes are no garbage; looking for it is a tenth of a start.
gc.set_threshold(200_000)

from pydantic import BaseModel  # noqa: E402 - it makes many of those objects
from pydantic.warnings import UnsupportedFieldAttributeWarning  # noqa: E402


def hurry() -> None:
    """Put off, or leave out, what the first reply does not need."""
    # A model's validator is built when it is first needed, not when its class is read: FastAPI alone declares
    # some forty models for an OpenAPI document that a Lambda never makes.
    BaseModel.model_config["defer_build"] = True
    # FastAPI silences this warning about its own body fields at the moment when they used to be built.
    warnings.filterwarnings("ignore", category=UnsupportedFieldAttributeWarning)
    # FastAPI loads the whole of pydantic 1 only to find that no model of ours is one of its.
    sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        sys.modules.setdefault("fastapi.openapi.models", _Undeclared("fastapi.openapi.models"))


def settle() -> None:
    """End the start: what stands now is never looked through again, and what requests make is, as usual."""
    gc.freeze()
    gc.set_threshold(*_USUAL)


class _Undeclared(ModuleType):
    """Stands for the models of an OpenAPI document: FastAPI names them in annotations, and uses none here."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})
