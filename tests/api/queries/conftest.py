"""A subscriber with one account, and a browser signed in as them."""

import pytest

from cabinet.accounts.model import Account
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.factories import bound_accounts


@pytest.fixture
def account(aws: Aws) -> Account:
    bound_accounts.supplier()
    return bound_accounts.account()


@pytest.fixture
def client(account: Account) -> AppClient:
    from queries.app import app

    return bound_accounts.browser(app, bound_accounts.user("u1", account))
