"""The domain of the subscriber cabinet: what its functions share. Never imports `infra` or a function."""

import sys
import warnings

from pydantic import BaseModel
from pydantic.warnings import UnsupportedFieldAttributeWarning

# A model's validator is built when it is first needed, not when its class is read: FastAPI alone declares
# some forty models for an OpenAPI document that a Lambda never makes (docs/adr: cold start). It must be said
# before FastAPI is imported; tests/unit/test_cold_start.py watches that.
BaseModel.model_config["defer_build"] = True
# FastAPI silences this warning about its own body fields at the moment when they used to be built.
warnings.filterwarnings("ignore", category=UnsupportedFieldAttributeWarning)
# FastAPI loads the whole of pydantic 1 only to find that no model of ours is one of its.
sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]
