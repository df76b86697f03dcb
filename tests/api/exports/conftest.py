"""Fixtures of the exports function's tests."""

from tests.support.webhooks import billing as billing
