"""These tests look at what botocore sends and reads, so every call goes all the way to moto."""

from collections.abc import Iterator

import pytest

from tests.support import aws_calls
from tests.support.aws import Aws


@pytest.fixture
def aws(aws: Aws) -> Iterator[Aws]:
    """The same AWS, with the tables in moto too."""
    in_memory = list(aws_calls.responders)
    aws_calls.responders.clear()
    yield aws
    aws_calls.responders[:] = in_memory
