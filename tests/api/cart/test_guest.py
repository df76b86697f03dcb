"""Paying anyone's receipt without a cabinet: by its code or by address, to the ledger and the registry."""

from typing import Any

import pytest

from cabinet import limits
from cabinet.accounts.keys import supplier_key
from cabinet.accounts.model import Account, Commission
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.billing.amounts_due import WHOLE
from cabinet.core.settings import http_settings
from cabinet.receipts import qr
from infra.simulators.bank.state import Faults
from tests.support.dynamo_cost import measured
from tests.support.factories import bound_accounts
from tests.support.factories.bound_accounts import PAYEE
from tests.support.guest_paying import ACCOUNT, ADDRESS, CODE, NUMBER, QR, found, pay, post, state
from tests.support.payment_scenario import REPAIR, Answer, Town, told

ONE_PERCENT = Commission(basis_points=100, minimum=1_00)


@pytest.fixture
def account(town: Town) -> Account:
    merchant = town.merchant().model_copy(update={"methods": ("card", "sbp")})
    town.supplier(merchant=merchant, commission=ONE_PERCENT, method_commissions={"sbp": Commission()})
    return town.account()


# ------------------------------------------------------------------ what is shown


def test_a_code_shows_payee_month_and_its_own_sum(town: Town, account: Account) -> None:
    form = found(town, QR)
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


def test_by_address_no_sum_is_shown(town: Town, account: Account) -> None:
    form = found(town, ADDRESS)
    assert (form["amount"], form["payee_name"], form["period"]) == (None, PAYEE.name, "2026-09")


def test_nothing_of_the_holder_is_shown_or_reaches_the_bank(town: Town, account: Account) -> None:
    made = pay(town, ADDRESS, amount=70_000, email="payer@example.com").json
    shown = str((found(town, QR), found(town, ADDRESS), made, state(town, made["order_token"])))
    payment = town.payment(made["payment_url"])
    at_bank = str((payment.lines, payment.description))
    for secret in ("Иванов", "КЫШТЫМСКАЯ", " - 1010", NUMBER, ACCOUNT, "Охрана", "513527", "5 135,27"):
        assert secret not in shown
        assert secret not in at_bank
    assert payment.lines == [(WHOLE, 70_000), ("Комиссия", 700)]


def test_the_payee_of_the_code_gets_the_money(town: Town, account: Account) -> None:
    order = qr.build(qr.PaymentOrder(**_fields(payee_inn=REPAIR.inn, personal_acc=REPAIR.account)))
    form = found(town, {"qr": order.decode()})
    assert form["payee_name"] == REPAIR.name


def test_by_address_any_payee_of_the_supplier_can_be_chosen(town: Town, account: Account) -> None:
    form = found(town, ADDRESS)
    assert [payee["payee_inn"] for payee in form["payees"]] == [PAYEE.inn, REPAIR.inn]
    made = pay(town, ADDRESS, amount=50_000, payee_inn=REPAIR.inn).json
    town.settle(made["payment_url"])
    town.deliver()
    (entry,) = town.unaccounted(ACCOUNT).values()
    assert [line[1] for line in entry["lines"]] == [REPAIR.inn]
    assert told(pay(town, ADDRESS, key="k2", payee_inn="7707083893")) == (422, "payee_unknown")
    assert told(pay(town, QR, key="k3", payee_inn=REPAIR.inn)) == (422, "payee_unknown"), "the code's alone"


def _fields(**changes: Any) -> dict[str, Any]:
    return {name: getattr(CODE, name) for name in qr.PaymentOrder.__slots__} | changes


def test_a_code_of_nobody_of_ours_is_refused_whatever_the_account(town: Town, account: Account) -> None:
    for number in (NUMBER, "9999999999"):
        foreign = _fields(personal_acc="4" * 20, pers_acc=number)
        answer = post(town, "/lookup", {"qr": qr.build(qr.PaymentOrder(**foreign)).decode()})
        assert told(answer) == (422, "payee_unknown")


def test_what_is_no_payment_code_is_refused(town: Town, account: Account) -> None:
    for text in ("", "https://qr.nspk.ru/AD1", "ST00012|Name=x"):
        assert told(post(town, "/lookup", {"qr": text})) == (422, "qr_invalid")
    assert told(post(town, "/lookup", {})) == (422, "missing")


def test_a_supplier_that_takes_no_payments_says_so(town: Town) -> None:
    town.supplier(features=["notices"])
    town.account()
    for wanted in (QR, ADDRESS):
        assert told(post(town, "/lookup", wanted)) == (409, "feature_unavailable")


def test_each_method_has_its_commission_and_total(town: Town, account: Account) -> None:
    token = found(town, QR)["token"]
    answer = post(town, "/methods", {"token": token, "amount": 419_391})
    card, sbp = answer.json["items"]
    assert (card["method"], card["commission"]["amount"], card["total"]) == ("card", 4_194, 423_585)
    assert (sbp["method"], sbp["commission"]["amount"], sbp["total"]) == ("sbp", 0, 419_391)
    assert told(post(town, "/methods", {"token": token, "amount": 0})) == (422, "amount_invalid")
    assert told(post(town, "/methods", {"token": "forged", "amount": 1})) == (422, "token_invalid")


# ------------------------------------------------------------------ what is paid


def test_a_guest_pays_and_reads_the_state_by_the_token(town: Town, account: Account) -> None:
    made = pay(town, email=" Payer@Example.com ").json
    assert (made["amount"], made["commission"], made["total"]) == (419_391, 4_194, 423_585)
    before = state(town, made["order_token"])
    assert (before["status"], before["paid_at"], before["can_pay"]) == ("registered", None, True)
    town.settle(made["payment_url"])
    assert town.deliver() == [200, 200]
    after = state(town, made["order_token"])
    assert (after["status"], after["payment_url"], after["can_pay"]) == ("paid", None, False)
    assert after["paid_at"] is not None
    (row,) = town.ledger(ACCOUNT)
    assert (row["amount"], row["kind"]) == (419_391, "оплата картой без регистрации")
    assert town.state.balance() == town.journal_total("c1") == 423_585
    (queued,) = [each for each in town.everything("PAYMENTS_TABLE") if each["pk"].startswith("PAYOUT#")]
    (line,) = queued["lines"]
    assert (line["receipt_id"], line["payee_inn"], line["amount"]) == ("2020-08-main", PAYEE.inn, 419_391)
    (letter,) = town.letters()
    assert letter["to"] == "Payer@example.com"
    assert made["order_token"] in letter["params"]


def test_the_holder_sees_what_a_guest_paid_as_paid(town: Town, account: Account) -> None:
    token = town.user("u1", account)
    town.settle(pay(town).json["payment_url"])
    town.deliver()
    added = town.add(token, ACCOUNT).json
    (receipt,) = added["groups"][0]["receipts"]
    services = {item["service"] for payee in receipt["payees"] for item in payee["items"]}
    assert services == {"Капитальный ремонт"}, "all of the other payee's services are paid"


def test_a_guest_pays_by_sbp(town: Town, account: Account) -> None:
    made = pay(town, method="sbp").json
    assert made["sbp"]["link"] == made["payment_url"]
    assert made["sbp"]["qr_png"].startswith("data:image/png;base64,")
    town.settle(made["payment_url"])
    town.deliver()
    assert state(town, made["order_token"])["status"] == "paid"
    (row,) = town.ledger(ACCOUNT)
    assert row["kind"] == "оплата по СБП без регистрации"


def test_the_same_key_is_the_same_order_and_of_its_lookup_alone(town: Town, account: Account) -> None:
    token = found(town, QR)["token"]
    body = {"token": token, "amount": 5_000, "method": "card"}
    first, again = post(town, "", body, "k"), post(town, "", body, "k")
    assert first.json == again.json
    assert told(post(town, "", body | {"amount": 6_000}, "k")) == (409, "idempotency_conflict")
    other = post(town, "", body | {"token": found(town, QR)["token"]}, "k")
    assert other.status == 201
    assert other.json["order_token"] != first.json["order_token"], "somebody else's key is another one"


def test_a_silent_bank_leaves_an_order_that_the_same_key_goes_on_with(town: Town, account: Account) -> None:
    body = {"token": found(town, QR)["token"], "amount": 5_000, "method": "card"}
    town.state.is_down = True
    assert told(post(town, "", body, "k")) == (502, "bank_unavailable")
    town.state.is_down = False
    town.wait(seconds=30)
    assert post(town, "", body, "k").status == 201
    assert len(town.orders()) == 1


def test_a_code_that_ran_out_is_followed_by_another(town: Town, account: Account) -> None:
    made = pay(town, method="sbp").json
    town.wait(minutes=21)
    town.settle(made["payment_url"], "expire")
    town.reconcile_orders()
    gone = state(town, made["order_token"])
    assert (gone["status"], gone["sbp"], gone["can_pay"]) == ("expired", None, True)
    again = town.call("cart", "POST", f"/api/guest/payments/{made['order_token']}/payment")
    assert again.status == 201
    assert again.json["payment_url"] != made["payment_url"]
    assert again.json["order_token"] == made["order_token"]
    town.settle(again.json["payment_url"])
    town.deliver()
    assert state(town, made["order_token"])["status"] == "paid"


def test_another_commission_than_was_shown_is_not_charged(town: Town, account: Account) -> None:
    answer = pay(town, total=419_391)
    assert told(answer) == (409, "cart_changed")
    assert answer.json["total"] == 423_585
    assert town.orders() == []


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
    town: Town, account: Account, changes: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert told(pay(town, **changes)) == refusal
    assert town.orders() == []


def test_a_method_that_the_supplier_lacks_is_refused(town: Town) -> None:
    town.supplier()
    town.account()
    assert told(pay(town, method="sbp")) == (409, "method_unavailable")
    row = dynamo.get(Table.ACCOUNTS, supplier_key("uk-test")) or {}
    row["merchant"] |= {"methods": ["card", "saved_card"]}
    dynamo.put(Table.ACCOUNTS, row, condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict)
    assert told(pay(town, method="saved_card")) == (409, "method_unavailable")


def test_an_account_closed_since_the_lookup_is_not_paid(town: Town, account: Account) -> None:
    body = {"token": found(town, QR)["token"], "amount": 100, "method": "card"}
    row = dynamo.get(Table.ACCOUNTS, (f"ACCOUNT#{ACCOUNT.replace(':', '#')}", "ACCOUNT"))
    assert row is not None
    dynamo.put(
        Table.ACCOUNTS,
        row | {"closed_on": "2026-09-01"},
        condition=dynamo.IS_PRESENT,
        on_conflict=dynamo.conflict,
    )
    assert told(post(town, "", body, "k")) == (409, "account_closed")
    assert told(post(town, "/lookup", QR)) == (404, "account_not_found")


def test_two_payers_at_once_are_not_told_of_each_other(town: Town, account: Account) -> None:
    first, second = pay(town, key="k1"), pay(town, key="k2")
    assert (first.status, second.status) == (201, 201)
    token = town.user("u1", account)
    town.add(token, ACCOUNT)
    warned = town.check_out(token)
    assert told(warned) == (409, "already_being_paid")
    assert [order["is_yours"] for order in warned.json["orders"]] == [False, False]
    assert {order["payment_url"] for order in warned.json["orders"]} == {None}
    assert town.check_out(token, "k9", {"pay_anyway": True}).status == 201
    assert pay(town, key="k3").status == 201, "nor of the holder, who is paying"


def test_money_given_back_is_told_to_the_guests_address(town: Town, account: Account) -> None:
    made = pay(town, email="payer@example.com").json
    town.settle(made["payment_url"])
    town.deliver()
    town.state.refund(town.payment(made["payment_url"]), 423_585)
    town.wait(days=1, minutes=1)
    town.reconcile_orders()
    now = state(town, made["order_token"])
    assert (now["status"], now["refunded"]) == ("refunded", 423_585)
    (letter,) = town.letters("payment_refunded")
    assert letter["to"] == "payer@example.com"


def test_a_forged_or_old_order_token_opens_nothing(town: Town, account: Account) -> None:
    made = pay(town).json
    order_id, secret = made["order_token"].split("-", 1)
    user = town.user("u2", bound_accounts.account("2"))
    town.receipt("uk-test:2")
    town.add(user, "uk-test:2")
    own = town.check_out(user).json["order_id"]
    for forged in (
        f"{order_id}.x",
        order_id,
        f"{order_id}.",
        f"P260921XXXXXXXXXX.{secret}",
        f"{own}.None",
        "ы.ы",
    ):
        for method, path in (("GET", ""), ("POST", "/payment")):
            answer = town.call("cart", method, f"/api/guest/payments/{forged}{path}")
            assert told(answer) == (404, "not_found"), forged
    town.wait(days=90)
    assert town.call("cart", "GET", f"/api/guest/payments/{made['order_token']}").status == 404


# ------------------------------------------------------------------ what guessing finds


def test_every_miss_looks_the_same_and_takes_the_same_steps(town: Town, account: Account) -> None:
    town.user("u1", account)
    bound_accounts.account("555")  # nobody has registered it
    unknown = qr.build(qr.PaymentOrder(**_fields(pers_acc="777"))).decode()
    misses = [
        ADDRESS | {"account_number": "777"},
        ADDRESS | {"house": "11"},
        ADDRESS | {"flat": "1"},
        ADDRESS | {"account_number": "555", "house": "11"},
    ]
    seen = []
    found(town, ADDRESS)
    for number, wanted in enumerate([*misses, {"qr": unknown}, {"qr": unknown.replace("777", "778")}]):
        if number % 3 == 0:
            town.wait(hours=1)
        with measured() as cost:
            answer = post(town, "/lookup", wanted)
        seen.append((answer.status, answer.problem, "".join(cost.operations)))
    assert len({str(each) for each in seen[:4]}) == 1
    assert len({str(each) for each in seen[4:]}) == 1
    assert seen[0][:2] == seen[4][:2]
    assert seen[0][0] == 404


def test_what_is_found_takes_the_same_steps_registered_or_not(town: Town, account: Account) -> None:
    bound_accounts.account("555")
    town.user("u1", account)
    other = qr.build(qr.PaymentOrder(**_fields(pers_acc="555"))).decode()
    pairs = [(QR, {"qr": other}), (ADDRESS, ADDRESS | {"account_number": "555"})]
    for registered, unregistered in pairs:
        answers = []
        for wanted in (registered, unregistered):
            with measured() as cost:
                form = found(town, wanted)
            form.pop("token")
            form.pop("account_masked")
            answers.append((form, cost.operations))
        assert answers[0] == answers[1]


def test_a_thousand_guesses_reveal_nothing(town: Town, account: Account, monkeypatch: Any) -> None:
    """Half of the numbers exist, a tenth is registered; every guess comes from an address of its own."""
    for number in range(100):
        made = bound_accounts.account(f"80{number:03d}")
        if number < 20:
            town.user(f"v{number}", made)
    answers = set()
    original = town.call
    for number in range(1000):
        guess = {"account_number": f"80{number % 200:03d}", "house": f"{11 + number % 7}", "flat": "1"}

        def from_elsewhere(*args: Any, guessed: int = number, **kwargs: Any) -> Answer:
            monkeypatch.setattr(
                "cart.guest.client_address", lambda _: f"203.0.{guessed // 250}.{guessed % 250}"
            )
            return original(*args, **kwargs)

        monkeypatch.setattr(town, "call", from_elsewhere)
        answer = post(town, "/lookup", guess)
        answers.add((answer.status, str(answer.problem)))
    assert {status for status, _ in answers} == {404}
    assert len(answers) == 1


def test_guessing_from_one_address_meets_a_code_and_then_the_limit(town: Town, account: Account) -> None:
    seen = [
        told(post(town, "/lookup", ADDRESS | {"account_number": str(number)})) for number in range(100, 170)
    ]
    assert seen[:3] == [(404, "account_not_found")] * 3
    assert set(seen[3:60]) == {(422, "captcha_required")}
    assert set(seen[60:]) == {(429, "too_many_requests")}


def test_a_code_from_a_picture_lets_a_person_go_on(
    town: Town, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cabinet.core import clock
    from cabinet.identity.captcha import new_captcha

    monkeypatch.setenv("LOCAL_STACK", "true")
    http_settings.cache_clear()
    for house in ("11", "12", "13"):
        post(town, "/lookup", ADDRESS | {"house": house})
    assert told(post(town, "/lookup", QR)) == (422, "captcha_required")
    solved = {"challenge": new_captcha(clock.now()).challenge, "answer": "12345"}
    assert post(town, "/lookup", QR | {"captcha": solved}).status == 200


def test_payments_of_one_address_and_of_one_account_are_limited(
    town: Town, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"token": found(town, QR)["token"], "amount": 100, "method": "card"}
    monkeypatch.setattr(limits, "GUEST_PAYMENT_BY_ACCOUNT", limits.Limit("t-account", 2, 3600))
    statuses = [post(town, "", body, f"k{number}").status for number in range(3)]
    assert statuses == [201, 201, 429]
    monkeypatch.setattr(limits, "GUEST_PAYMENT_BY_ADDRESS", limits.Limit("t-address", 2, 3600))
    statuses = [post(town, "", body | {"token": "forged"}, "k").status for _ in range(3)]
    assert statuses == [422, 422, 429], "a forged token counts as well"


def test_paying_takes_few_round_trips(town: Town, account: Account) -> None:
    body = {"token": found(town, QR)["token"], "amount": 100, "method": "card"}
    with measured() as cost:
        assert post(town, "", body, "k").status == 201
    assert cost.operations == [
        "UpdateItem", "UpdateItem", "BatchGetItem", "TransactWriteItems", "PutItem",
    ]  # fmt: skip


def test_a_forged_callback_does_not_pay_a_guests_order(town: Town, account: Account) -> None:
    town.state.faults = Faults(forge=True, lost=False)
    made = pay(town).json
    town.settle(made["payment_url"], "decline")
    statuses = town.deliver()
    assert 403 in statuses
    assert state(town, made["order_token"])["status"] == "declined"
    assert town.ledger(ACCOUNT) == []
