"""The bases of every model."""

from pydantic import BaseModel, ConfigDict


class DeferredModel(BaseModel):
    """A model whose validator is built at its first use: a start reads many models, a request needs few."""

    model_config = ConfigDict(defer_build=True)


class FrozenModel(DeferredModel):
    """A frozen value; unknown stored attributes are ignored, so that old code reads new items.

    An alias is the attribute's name in storage where the field has a plainer one: rows keep their names.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )
