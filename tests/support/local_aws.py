"""The local AWS as a test of real concurrency sees it."""

import boto3

from tests.support.aws import Aws


class LocalAws(Aws):
    """The local AWS with one test's own resources."""

    def __init__(self, environment: dict[str, str], endpoint: str) -> None:
        super().__init__(environment, boto3.Session())
        self.endpoint = endpoint
