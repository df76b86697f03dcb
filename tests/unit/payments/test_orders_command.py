"""`cabinet orders`: what a settlement centre's clerk does about money."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cabinet.audit import store
from cabinet.audit.model import AuditEntry
from infra.__main__ import main
from infra.cli import environment
from infra.simulators.bank.app import day_statement
from infra.simulators.bank.state import Faults
from tests.support.payment_scenario import TOTAL, PaymentScenario

ACCOUNT = "uk-test:1234567899"


@pytest.fixture
def order_id(scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch) -> str:
    """An order that the bank has charged seven kopecks too much."""
    monkeypatch.setattr(environment, "select_environment", lambda _: {})
    scenario.state.faults = Faults(amount_delta=7)
    scenario.supplier()
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    answer = scenario.check_out(token).json
    scenario.complete_payment(answer["payment_url"])
    scenario.deliver()
    return str(answer["order_id"])


def test_a_review_is_listed_settled_and_refunded(
    scenario: PaymentScenario, order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["orders", "list"]) == 0
    assert f"{order_id}  2026-09-21 05:00       5135.27  review (amount)" in capsys.readouterr().out
    assert main(["orders", "settle", order_id, "--as", "paid", "--note", "сверено, Петрова"]) == 0
    assert "settled: сверено, Петрова" in capsys.readouterr().out
    assert scenario.ledger_total() == TOTAL
    assert main(["orders", "settle", order_id, "--as", "declined", "--note", "нет"]) == 1
    assert main(["orders", "list"]) == 0
    assert "0 under review" in capsys.readouterr().out
    back = ["orders", "refund", order_id, "--reason", "двойное начисление", "--yes"]
    assert main([*back, "--amount", "9999,99"]) == 1
    assert main([*back, "--amount", "35,27"]) == 0
    assert scenario.ledger_total() == TOTAL - 3_527
    assert main(["orders", "show", "P0"]) == 1
    # What was refused left nothing; the same refund once more is the same one.
    assert main([*back, "--amount", "35,27"]) == 0
    # Both of one moment, by the scenario's clock: in the log they are in any order.
    changes = [entry for entry in entries() if entry.action != "ORDERS_SEARCHED"]
    settled, refunded = sorted(changes, key=lambda entry: entry.action)
    assert len(entries()) - len(changes) == 2, "each list is a look"
    assert (settled.action, settled.reason) == ("ORDER_SETTLED", "сверено, Петрова")
    assert (settled.before, settled.after["as"]) == ({"status": "review"}, "paid")
    assert (refunded.action, refunded.reason) == ("REFUND_REQUESTED", "двойное начисление")
    assert refunded.after["amount"] == 3_527
    for entry in (settled, refunded):
        assert entry.about == f"order:{order_id}"
        assert entry.suppliers == ["uk-test"]
        assert entry.who.startswith("command:arn:aws:")


def entries() -> list[AuditEntry]:
    """The audit log of the day."""
    return store.entries(store.list_by_day("2026-09-21"))


def test_a_register_is_compared_to_the_kopeck(
    scenario: PaymentScenario, order_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "register.csv"
    file.write_text(day_statement(scenario.state), "utf-8")
    compare = ["orders", "compare", str(file), "--contract", "uk-test-rbs", "--date", "2026-09-21"]
    assert main(compare) == 1
    assert f"{order_id}: bank 5135.34, ledger 0.00" in capsys.readouterr().out
    (payment,) = scenario.state.payments.values()
    payment.faults = Faults()
    file.write_text(day_statement(scenario.state), "utf-8")
    assert main([*compare, "--ask"]) == 0
    assert "1 orders, bank 5135.27, ledger 5135.27, 0 differences" in capsys.readouterr().out
    looked = [entry for entry in entries() if entry.action == "REGISTER_COMPARED"]
    assert sorted(entry.after["differences"] for entry in looked) == [0, 1]
    assert {(entry.about, *entry.suppliers) for entry in looked} == {("contract:uk-test-rbs", "uk-test")}
    file.write_text("nonsense", "utf-8")
    assert main(compare) == 1


@pytest.fixture
def compare(scenario: PaymentScenario, order_id: str, tmp_path: Path) -> Callable[..., int]:
    """Compare a statement with the books of the scenario, whose one order is paid."""
    (payment,) = scenario.state.payments.values()
    payment.faults = Faults()
    main(["orders", "ask", order_id])

    def run(text: str, day: str = "2026-09-21", contract: str = "uk-test-rbs") -> int:
        file = tmp_path / "register.csv"
        file.write_text(text, "utf-8")
        return main(["orders", "compare", str(file), "--contract", contract, "--date", day])

    return run


def test_totals_and_repeated_headers_are_no_orders(
    scenario: PaymentScenario, compare: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    register = day_statement(scenario.state)
    capsys.readouterr()
    header = register.splitlines()[0]
    assert compare(f"{register}{header}\r\nИТОГО;5135,27;\r\n", day="21.09.2026") == 0
    bank_status = capsys.readouterr().out
    assert "1 orders, bank 5135.27, ledger 5135.27, 0 differences" in bank_status
    assert "Строки без движения денег: 3, 4" in bank_status
    assert compare(f"{register}ИТОГО;9999,00;\r\n") == 1
    assert "Строка 3: итог 9\N{NO-BREAK SPACE}999,00, а строк над ним на" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("day", "contract", "bank_status"),
    [
        ("2026-09-20", "uk-test-rbs", "ничего общего с журналом договора uk-test-rbs за 20.09.2026"),
        ("2026-09-22", "uk-test-rbs", "у нас оплачены 21.09.2026: 1"),
        ("2026-01-01", "uk-test-rbs", "у нас оплачены 21.09.2026: 1"),
        ("2026-09-21", "c2", "договора uk-test-rbs: 1"),
        ("2026-09-21", "uk-test-rb", "договора «uk-test-rb» нет. Похож: uk-test-rbs"),
        ("2026-09-21", "", "договора «» нет. Есть: c2, uk-test-rbs"),
        ("2036-09-21", "uk-test-rbs", "21.09.2036 ещё не наступило"),
        ("21-09-2026", "uk-test-rbs", "--date «21-09-2026»: нужна дата вида"),
    ],
)
def test_a_wrong_day_or_contract_is_said_and_nothing_is_listed(
    scenario: PaymentScenario,
    compare: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    day: str,
    contract: str,
    bank_status: str,
) -> None:
    scenario.supplier("c2", contract="c2")
    capsys.readouterr()
    assert compare(day_statement(scenario.state), day, contract) == 1
    out, err = capsys.readouterr()
    assert bank_status in err
    assert out == ""


def test_an_empty_register_is_told_from_a_day_without_payments(
    scenario: PaymentScenario, compare: Callable[..., int], order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    header = "order_number;amount;status\r\n"
    assert compare(header) == 1
    out, err = capsys.readouterr()
    assert f"{order_id}: bank 0.00, ledger 5135.27 (в реестре банка нет)" in out
    assert "В файле нет ни одного платежа" in err
    assert compare(header, "2026-09-01") == 0
    assert "0 orders, bank 0.00, ledger 0.00, 0 differences" in capsys.readouterr().out
