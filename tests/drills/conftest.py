"""What a drill needs: a payment scenario, a verified sender, and the engineer on call."""

import pytest

from infra.build.template import Template
from tests.support.mailer import verified_sender
from tests.support.on_call import OnCall
from tests.support.payment_fixtures import bank_server, scenario

__all__ = ["bank_server", "scenario", "verified_sender"]


@pytest.fixture
def on_call(
    template: Template, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> OnCall:
    return OnCall(template, caplog, capsys)
