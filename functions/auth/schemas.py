"""Shapes of bodies that several routes of `auth` share."""

from typing import Annotated

from pydantic import StringConstraints

from cabinet.core.model import DeferredModel

type TypedEmail = Annotated[str, StringConstraints(min_length=1, max_length=254)]
type TypedPassword = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
"""What was typed; what is accepted as a new password is narrower (`identity.password_policy`)."""
type LinkToken = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class CaptchaAnswer(DeferredModel):
    """The code that the person read or heard."""

    challenge: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    answer: Annotated[str, StringConstraints(min_length=1, max_length=32)]


class ConsentInput(DeferredModel):
    """Which version of the consent the person has agreed to."""

    version: Annotated[str, StringConstraints(min_length=1, max_length=32)]


class LinkFollowed(DeferredModel):
    """The token of a link in a mail."""

    token: LinkToken
