"""Whatever is handed in or withdrawn, the account's item says of its meters what their rows say."""

from collections.abc import Iterator

import pytest

from tests.support.account_consistency import assert_accounts_agree_with_their_rows
from tests.support.aws import Aws


@pytest.fixture(autouse=True)
def accounts_agree(aws: Aws) -> Iterator[None]:
    """Compare all accounts when the test is over."""
    yield
    assert_accounts_agree_with_their_rows(aws)
