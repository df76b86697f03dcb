"""`cabinet orders`: what a settlement centre's clerk does about money."""

from pathlib import Path

import pytest

from infra import target
from infra.__main__ import main
from infra.bank.app import day_register
from infra.bank.state import Faults
from tests.unit.payments.town import TOTAL, Town

ACCOUNT = "uk-test:1234567899"


@pytest.fixture
def order_id(town: Town, monkeypatch: pytest.MonkeyPatch) -> str:
    """An order that the bank has charged seven kopecks too much."""
    monkeypatch.setattr(target, "use", lambda _: {})
    town.state.faults = Faults(amount_delta=7)
    town.supplier()
    token = town.user("u1", town.account())
    town.add(token, ACCOUNT)
    answer = town.check_out(token).json
    town.settle(answer["payment_url"])
    town.deliver()
    return str(answer["order_id"])


def test_a_review_is_listed_settled_and_refunded(
    town: Town, order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["orders", "list"]) == 0
    assert f"{order_id}  2026-09-21 05:00       5135.27  review (amount)" in capsys.readouterr().out
    assert main(["orders", "settle", order_id, "--as", "paid", "--note", "сверено, Петрова"]) == 0
    assert "settled: сверено, Петрова" in capsys.readouterr().out
    assert town.ledger_total() == TOTAL
    assert main(["orders", "settle", order_id, "--as", "declined", "--note", "нет"]) == 1
    assert main(["orders", "list"]) == 0
    assert "0 under review" in capsys.readouterr().out
    back = ["orders", "refund", order_id, "--reason", "двойное начисление", "--yes"]
    assert main([*back, "--amount", "9999,99"]) == 1
    assert main([*back, "--amount", "35,27"]) == 0
    assert town.ledger_total() == TOTAL - 3_527
    assert main(["orders", "show", "P0"]) == 1


def test_a_register_is_compared_to_the_kopeck(
    town: Town, order_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "register.csv"
    file.write_text(day_register(town.state), "utf-8")
    compare = ["orders", "compare", str(file), "--contract", "uk-test-rbs", "--date", "2026-09-21"]
    assert main(compare) == 1
    assert f"{order_id}: bank 5135.34, ledger 0.00" in capsys.readouterr().out
    (payment,) = town.state.payments.values()
    payment.faults = Faults()
    file.write_text(day_register(town.state), "utf-8")
    assert main([*compare, "--ask"]) == 0
    assert "1 orders, bank 5135.27, ledger 5135.27, 0 differences" in capsys.readouterr().out
    file.write_text("nonsense", "utf-8")
    assert main(compare) == 1
