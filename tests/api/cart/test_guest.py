"""Paying anyone's receipt without a cabinet: by its code or by address, to the ledger and the registry."""

from typing import Any

import pytest

from cabinet import limits
from cabinet.accounts.keys import supplier_key
from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Commission
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.billing.amounts_due import WHOLE_RECEIPT_TITLE
from cabinet.core.settings import http_settings
from cabinet.receipts import qr_text
from infra.simulators.bank.state import Faults
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts
from tests.support.factories.bound_accounts import PAYEE
from tests.support.guest_paying import ACCOUNT, ADDRESS, CODE, NUMBER, QR, found, pay, post, state
from tests.support.payment_scenario import REPAIR, Answer, PaymentScenario, status_and_code

ONE_PERCENT = Commission(basis_points=100, minimum=1_00)


@pytest.fixture
def account(scenario: PaymentScenario) -> Account:
    merchant = scenario.merchant().model_copy(update={"methods": ("card", "sbp")})
    scenario.supplier(merchant=merchant, commission=ONE_PERCENT, method_commissions={"sbp": Commission()})
    return scenario.account()


# ------------------------------------------------------------------ what is shown


def test_a_code_shows_payee_month_and_its_own_sum(scenario: PaymentScenario, account: Account) -> None:
    form = found(scenario, QR)
    assert form.pop("token")
    assert form == {
        "supplier_name": "ООО «УК Тест»",
        "account_masked": "12••••••99",
        "payee_name": PAYEE.name,
        "payees": [{"payee_inn": PAYEE.inn, "name": PAYEE.name}],
        "period": "2020-08",
        "amount": 419_391,
        "min": 1,
        "max": 50_000_00,
    }


def test_by_address_no_sum_is_shown(scenario: PaymentScenario, account: Account) -> None:
    form = found(scenario, ADDRESS)
    assert (form["amount"], form["payee_name"], form["period"]) == (None, PAYEE.name, "2026-09")


def test_nothing_of_the_holder_is_shown_or_reaches_the_bank(
    scenario: PaymentScenario, account: Account
) -> None:
    made = pay(scenario, ADDRESS, amount=70_000, email="payer@example.com").json
    shown = str((found(scenario, QR), found(scenario, ADDRESS), made, state(scenario, made["order_token"])))
    payment = scenario.payment(made["payment_url"])
    at_bank = str((payment.lines, payment.description))
    for secret in ("Иванов", "КЫШТЫМСКАЯ", " - 1010", NUMBER, ACCOUNT, "Охрана", "513527", "5 135,27"):
        assert secret not in shown
        assert secret not in at_bank
    assert payment.lines == [(WHOLE_RECEIPT_TITLE, 70_000), ("Комиссия", 700)]


def test_the_payee_of_the_code_gets_the_money(scenario: PaymentScenario, account: Account) -> None:
    order = qr_text.build(
        qr_text.PaymentRequisites(**_fields(payee_inn=REPAIR.inn, personal_acc=REPAIR.account))
    )
    form = found(scenario, {"qr": order.decode()})
    assert form["payee_name"] == REPAIR.name


def test_by_address_any_payee_of_the_supplier_can_be_chosen(
    scenario: PaymentScenario, account: Account
) -> None:
    form = found(scenario, ADDRESS)
    assert [payee["payee_inn"] for payee in form["payees"]] == [PAYEE.inn, REPAIR.inn]
    made = pay(scenario, ADDRESS, amount=50_000, payee_inn=REPAIR.inn).json
    scenario.complete_payment(made["payment_url"])
    scenario.deliver()
    (entry,) = scenario.unaccounted(ACCOUNT).values()
    assert [line[1] for line in entry["lines"]] == [REPAIR.inn]
    assert status_and_code(pay(scenario, ADDRESS, key="k2", payee_inn="7707083893")) == (422, "payee_unknown")
    assert status_and_code(pay(scenario, QR, key="k3", payee_inn=REPAIR.inn)) == (422, "payee_unknown"), (
        "the code's alone"
    )


def _fields(**changes: Any) -> dict[str, Any]:
    return {name: getattr(CODE, name) for name in qr_text.PaymentRequisites.__slots__} | changes


def test_a_code_of_nobody_of_ours_is_refused_whatever_the_account(
    scenario: PaymentScenario, account: Account
) -> None:
    for number in (NUMBER, "9999999999"):
        foreign = _fields(personal_acc="4" * 20, pers_acc=number)
        answer = post(
            scenario, "/lookup", {"qr": qr_text.build(qr_text.PaymentRequisites(**foreign)).decode()}
        )
        assert status_and_code(answer) == (422, "payee_unknown")


def test_what_is_no_payment_code_is_refused(scenario: PaymentScenario, account: Account) -> None:
    for text in ("", "https://qr.nspk.ru/AD1", "ST00012|Name=x"):
        assert status_and_code(post(scenario, "/lookup", {"qr": text})) == (422, "qr_invalid")
    assert status_and_code(post(scenario, "/lookup", {})) == (422, "missing")


def test_a_supplier_that_takes_no_payments_says_so(scenario: PaymentScenario) -> None:
    scenario.supplier(features=["notices"])
    scenario.account()
    for wanted in (QR, ADDRESS):
        assert status_and_code(post(scenario, "/lookup", wanted)) == (409, "feature_unavailable")


def test_each_method_has_its_commission_and_total(scenario: PaymentScenario, account: Account) -> None:
    token = found(scenario, QR)["token"]
    answer = post(scenario, "/methods", {"token": token, "amount": 419_391})
    card, sbp = answer.json["items"]
    assert (card["method"], card["commission"]["amount"], card["total"]) == ("card", 4_194, 423_585)
    assert (sbp["method"], sbp["commission"]["amount"], sbp["total"]) == ("sbp", 0, 419_391)
    assert status_and_code(post(scenario, "/methods", {"token": token, "amount": 0})) == (
        422,
        "amount_invalid",
    )
    assert status_and_code(post(scenario, "/methods", {"token": "forged", "amount": 1})) == (
        422,
        "token_invalid",
    )


# ------------------------------------------------------------------ what is paid


def test_a_guest_pays_and_reads_the_state_by_the_token(scenario: PaymentScenario, account: Account) -> None:
    made = pay(scenario, email=" Payer@Example.com ").json
    assert (made["amount"], made["commission"], made["total"]) == (419_391, 4_194, 423_585)
    before = state(scenario, made["order_token"])
    assert (before["status"], before["paid_at"], before["can_pay"]) == ("registered", None, True)
    scenario.complete_payment(made["payment_url"])
    assert scenario.deliver() == [200, 200]
    after = state(scenario, made["order_token"])
    assert (after["status"], after["payment_url"], after["can_pay"]) == ("paid", None, False)
    assert after["paid_at"] is not None
    (row,) = scenario.ledger(ACCOUNT)
    assert (row["amount"], row["kind"]) == (419_391, "оплата картой без регистрации")
    assert scenario.state.balance() == scenario.journal_total("c1") == 423_585
    (queued,) = [each for each in scenario.everything("PAYMENTS_TABLE") if each["pk"].startswith("PAYOUT#")]
    (line,) = queued["lines"]
    assert (line["receipt_id"], line["payee_inn"], line["amount"]) == ("2020-08-main", PAYEE.inn, 419_391)
    (email,) = scenario.emails()
    assert email["to"] == "Payer@example.com"
    assert made["order_token"] in email["params"]


def test_the_holder_sees_what_a_guest_paid_as_paid(scenario: PaymentScenario, account: Account) -> None:
    token = scenario.user("u1", account)
    scenario.complete_payment(pay(scenario).json["payment_url"])
    scenario.deliver()
    added = scenario.add(token, ACCOUNT).json
    (receipt,) = added["groups"][0]["receipts"]
    services = {item["service"] for payee in receipt["payees"] for item in payee["items"]}
    assert services == {"Капитальный ремонт"}, "all of the other payee's services are paid"


def test_a_guest_pays_by_sbp(scenario: PaymentScenario, account: Account) -> None:
    made = pay(scenario, method="sbp").json
    assert made["sbp"]["link"] == made["payment_url"]
    assert made["sbp"]["qr_png"].startswith("data:image/png;base64,")
    scenario.complete_payment(made["payment_url"])
    scenario.deliver()
    assert state(scenario, made["order_token"])["status"] == "paid"
    (row,) = scenario.ledger(ACCOUNT)
    assert row["kind"] == "оплата по СБП без регистрации"


def test_the_same_key_is_the_same_order_and_of_its_lookup_alone(
    scenario: PaymentScenario, account: Account
) -> None:
    token = found(scenario, QR)["token"]
    body = {"token": token, "amount": 5_000, "method": "card"}
    first, again = post(scenario, "", body, "k"), post(scenario, "", body, "k")
    assert first.json == again.json
    assert status_and_code(post(scenario, "", body | {"amount": 6_000}, "k")) == (409, "idempotency_conflict")
    other = post(scenario, "", body | {"token": found(scenario, QR)["token"]}, "k")
    assert other.status == 201
    assert other.json["order_token"] != first.json["order_token"], "somebody else's key is another one"


def test_a_silent_bank_leaves_an_order_that_the_same_key_goes_on_with(
    scenario: PaymentScenario, account: Account
) -> None:
    body = {"token": found(scenario, QR)["token"], "amount": 5_000, "method": "card"}
    scenario.state.is_down = True
    assert status_and_code(post(scenario, "", body, "k")) == (502, "bank_unavailable")
    scenario.state.is_down = False
    scenario.wait(seconds=30)
    assert post(scenario, "", body, "k").status == 201
    assert len(scenario.orders()) == 1


def test_a_code_that_ran_out_is_followed_by_another(scenario: PaymentScenario, account: Account) -> None:
    made = pay(scenario, method="sbp").json
    scenario.wait(minutes=21)
    scenario.complete_payment(made["payment_url"], "expire")
    scenario.reconcile_orders()
    gone = state(scenario, made["order_token"])
    assert (gone["status"], gone["sbp"], gone["can_pay"]) == ("expired", None, True)
    again = scenario.call("cart", "POST", f"/api/guest/payments/{made['order_token']}/payment")
    assert again.status == 201
    assert again.json["payment_url"] != made["payment_url"]
    assert again.json["order_token"] == made["order_token"]
    scenario.complete_payment(again.json["payment_url"])
    scenario.deliver()
    assert state(scenario, made["order_token"])["status"] == "paid"


def test_another_commission_than_was_shown_is_not_charged(
    scenario: PaymentScenario, account: Account
) -> None:
    answer = pay(scenario, total=419_391)
    assert status_and_code(answer) == (409, "cart_changed")
    assert answer.json["total"] == 423_585
    assert scenario.orders() == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": 0}, (422, "amount_invalid")),
        ({"amount": 50_000_01}, (422, "amount_invalid")),
        ({"email": "nobody"}, (422, "email_invalid")),
        ({"token": "forged"}, (422, "token_invalid")),
    ],
)
def test_what_cannot_be_paid_is_refused(
    scenario: PaymentScenario, account: Account, changes: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert status_and_code(pay(scenario, **changes)) == refusal
    assert scenario.orders() == []


def test_a_method_that_the_supplier_lacks_is_refused(scenario: PaymentScenario) -> None:
    scenario.supplier()
    scenario.account()
    assert status_and_code(pay(scenario, method="sbp")) == (409, "method_unavailable")
    row = dynamo.get(Table.ACCOUNTS, supplier_key("uk-test")) or {}
    row["merchant"] |= {"methods": ["card", "saved_card"]}
    dynamo.put(Table.ACCOUNTS, row, condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict)
    assert status_and_code(pay(scenario, method="saved_card")) == (409, "method_unavailable")


def test_an_account_closed_since_the_lookup_is_not_paid(scenario: PaymentScenario, account: Account) -> None:
    body = {"token": found(scenario, QR)["token"], "amount": 100, "method": "card"}
    row = dynamo.get(Table.ACCOUNTS, (f"ACCOUNT#{ACCOUNT.replace(':', '#')}", "ACCOUNT"))
    assert row is not None
    dynamo.put(
        Table.ACCOUNTS,
        row | {"closed_on": "2026-09-01"},
        condition=dynamo.IS_PRESENT,
        on_conflict=dynamo.conflict,
    )
    assert status_and_code(post(scenario, "", body, "k")) == (409, "account_closed")
    assert status_and_code(post(scenario, "/lookup", QR)) == (404, "account_not_found")


def test_two_payers_at_once_are_not_told_of_each_other(scenario: PaymentScenario, account: Account) -> None:
    first, second = pay(scenario, key="k1"), pay(scenario, key="k2")
    assert (first.status, second.status) == (201, 201)
    token = scenario.user("u1", account)
    scenario.add(token, ACCOUNT)
    warned = scenario.check_out(token)
    assert status_and_code(warned) == (409, "already_being_paid")
    assert [order["is_yours"] for order in warned.json["orders"]] == [False, False]
    assert {order["payment_url"] for order in warned.json["orders"]} == {None}
    assert scenario.check_out(token, "k9", {"pay_anyway": True}).status == 201
    assert pay(scenario, key="k3").status == 201, "nor of the holder, who is paying"


def test_money_given_back_is_told_to_the_guests_address(scenario: PaymentScenario, account: Account) -> None:
    made = pay(scenario, email="payer@example.com").json
    scenario.complete_payment(made["payment_url"])
    scenario.deliver()
    scenario.state.refund(scenario.payment(made["payment_url"]), 423_585)
    scenario.wait(days=1, minutes=1)
    scenario.reconcile_orders()
    now = state(scenario, made["order_token"])
    assert (now["status"], now["refunded"]) == ("refunded", 423_585)
    (email,) = scenario.emails("payment_refunded")
    assert email["to"] == "payer@example.com"


def test_a_forged_or_old_order_token_opens_nothing(scenario: PaymentScenario, account: Account) -> None:
    made = pay(scenario).json
    order_id, secret = made["order_token"].split("-", 1)
    user = scenario.user("u2", bound_accounts.account("2"))
    scenario.receipt("uk-test:2")
    scenario.add(user, "uk-test:2")
    own = scenario.check_out(user).json["order_id"]
    for forged in (
        f"{order_id}.x",
        order_id,
        f"{order_id}.",
        f"P260921XXXXXXXXXX.{secret}",
        f"{own}.None",
        "ы.ы",
    ):
        for method, path in (("GET", ""), ("POST", "/payment")):
            answer = scenario.call("cart", method, f"/api/guest/payments/{forged}{path}")
            assert status_and_code(answer) == (404, "not_found"), forged
    scenario.wait(days=90)
    assert scenario.call("cart", "GET", f"/api/guest/payments/{made['order_token']}").status == 404


# ------------------------------------------------------------------ what guessing finds


def test_every_miss_looks_the_same_and_takes_the_same_steps(
    scenario: PaymentScenario, account: Account
) -> None:
    scenario.user("u1", account)
    bound_accounts.account("555")  # nobody has registered it
    unknown = qr_text.build(qr_text.PaymentRequisites(**_fields(pers_acc="777"))).decode()
    misses = [
        ADDRESS | {"account_number": "777"},
        ADDRESS | {"house": "11"},
        ADDRESS | {"flat": "1"},
        ADDRESS | {"account_number": "555", "house": "11"},
    ]
    seen = []
    found(scenario, ADDRESS)
    for number, wanted in enumerate([*misses, {"qr": unknown}, {"qr": unknown.replace("777", "778")}]):
        if number % 3 == 0:
            scenario.wait(hours=1)
        with measured() as cost:
            answer = post(scenario, "/lookup", wanted)
        seen.append((answer.status, answer.problem, "".join(cost.operations)))
    assert len({str(each) for each in seen[:4]}) == 1
    assert len({str(each) for each in seen[4:]}) == 1
    assert seen[0][:2] == seen[4][:2]
    assert seen[0][0] == 404


def test_what_is_found_takes_the_same_steps_registered_or_not(
    scenario: PaymentScenario, account: Account
) -> None:
    bound_accounts.account("555")
    scenario.user("u1", account)
    other = qr_text.build(qr_text.PaymentRequisites(**_fields(pers_acc="555"))).decode()
    pairs = [(QR, {"qr": other}), (ADDRESS, ADDRESS | {"account_number": "555"})]
    for registered, unregistered in pairs:
        answers = []
        for wanted in (registered, unregistered):
            with measured() as cost:
                form = found(scenario, wanted)
            form.pop("token")
            form.pop("account_masked")
            answers.append((form, cost.operations))
        assert answers[0] == answers[1]


def test_a_thousand_guesses_reveal_nothing(
    scenario: PaymentScenario, account: Account, monkeypatch: Any
) -> None:
    """Half of the numbers exist, a tenth is registered; every guess comes from an address of its own."""
    for number in range(100):
        made = bound_accounts.account(f"80{number:03d}")
        if number < 20:
            scenario.user(f"v{number}", made)
    answers = set()
    original = scenario.call
    for number in range(1000):
        guess = {"account_number": f"80{number % 200:03d}", "house": f"{11 + number % 7}", "flat": "1"}

        def from_elsewhere(*args: Any, guessed: int = number, **kwargs: Any) -> Answer:
            monkeypatch.setattr(
                "cart.guest.get_client_ip", lambda _: f"203.0.{guessed // 250}.{guessed % 250}"
            )
            return original(*args, **kwargs)

        monkeypatch.setattr(scenario, "call", from_elsewhere)
        answer = post(scenario, "/lookup", guess)
        answers.add((answer.status, str(answer.problem)))
    assert {status for status, _ in answers} == {404}
    assert len(answers) == 1


def test_guessing_from_one_address_meets_a_code_and_then_the_limit(
    scenario: PaymentScenario, account: Account
) -> None:
    seen = [
        status_and_code(post(scenario, "/lookup", ADDRESS | {"account_number": str(number)}))
        for number in range(100, 170)
    ]
    assert seen[:3] == [(404, "account_not_found")] * 3
    assert set(seen[3:60]) == {(422, "captcha_required")}
    assert set(seen[60:]) == {(429, "too_many_requests")}


def test_a_code_from_a_picture_lets_a_person_go_on(
    scenario: PaymentScenario, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cabinet.core import clock
    from cabinet.identity.captcha import new_captcha

    monkeypatch.setenv("LOCAL_STACK", "true")
    http_settings.cache_clear()
    for house in ("11", "12", "13"):
        post(scenario, "/lookup", ADDRESS | {"house": house})
    assert status_and_code(post(scenario, "/lookup", QR)) == (422, "captcha_required")
    solved = {"challenge": new_captcha(clock.now()).challenge, "answer": "12345"}
    assert post(scenario, "/lookup", QR | {"captcha": solved}).status == 200


def test_payments_of_one_address_and_of_one_account_are_limited(
    scenario: PaymentScenario, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"token": found(scenario, QR)["token"], "amount": 100, "method": "card"}
    monkeypatch.setattr(limits, "GUEST_PAYMENT_BY_ACCOUNT", limits.Limit("t-account", 2, 3600))
    statuses = [post(scenario, "", body, f"k{number}").status for number in range(3)]
    assert statuses == [201, 201, 429]
    monkeypatch.setattr(limits, "GUEST_PAYMENT_BY_IP", limits.Limit("t-address", 2, 3600))
    statuses = [post(scenario, "", body | {"token": "forged"}, "k").status for _ in range(3)]
    assert statuses == [422, 422, 429], "a forged token counts as well"


def test_paying_takes_few_round_trips(scenario: PaymentScenario, account: Account) -> None:
    body = {"token": found(scenario, QR)["token"], "amount": 100, "method": "card"}
    with measured() as cost:
        assert post(scenario, "", body, "k").status == 201
    assert cost.operations == [
        "UpdateItem", "UpdateItem", "BatchGetItem", "TransactWriteItems", "PutItem",
    ]  # fmt: skip


def test_a_forged_callback_does_not_pay_a_guests_order(scenario: PaymentScenario, account: Account) -> None:
    scenario.state.faults = Faults(forge=True, lost=False)
    made = pay(scenario).json
    scenario.complete_payment(made["payment_url"], "decline")
    statuses = scenario.deliver()
    assert 403 in statuses
    assert state(scenario, made["order_token"])["status"] == "declined"
    assert scenario.ledger(ACCOUNT) == []
