"""Converts domain objects to the models that routes answer with."""

from cabinet.core.model import DeferredModel


def response_from[M: DeferredModel](model: type[M], source: DeferredModel, **computed: object) -> M:
    """Return the model with the fields that `source` has too, but for those `computed` here.

    Properties of `source` are no fields: they are computed. As fast as the model's constructor.
    """
    return model.model_validate(vars(source) | computed, from_attributes=True)
