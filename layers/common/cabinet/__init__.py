"""The domain of the subscriber cabinet: what its functions share. Never imports `infra` or a function."""

from pydantic import BaseModel

# A model's validator is built when it is first needed, not when its class is read: FastAPI alone declares
# some forty models for an OpenAPI document that a Lambda never makes (docs/adr: cold start).
BaseModel.model_config["defer_build"] = True
