"""The base of every value object."""

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """A frozen value; unknown stored attributes are ignored, so that old code reads new items."""

    model_config = ConfigDict(frozen=True, extra="ignore")
