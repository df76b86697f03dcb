"""The command line spells some names itself, so as to load nothing before a command is chosen."""

from typing import get_args

from cabinet.exchange.formats import encoding
from cabinet.exchange.model import FORMATS
from cabinet.notices.model import NoticeKind
from infra.cli import bank_contract
from infra.cli.commands import import_, notice
from infra.local import deployment


def test_the_command_line_offers_what_the_product_knows() -> None:
    assert import_.FORMATS == FORMATS
    assert import_.ENCODINGS == encoding.ENCODINGS
    assert get_args(NoticeKind.__value__) == notice.KINDS
    assert bank_contract.LOCAL_STACK == deployment.STACK
