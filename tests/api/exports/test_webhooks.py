"""Webhooks: in order per account, with retries, and an endpoint that does not answer delays no other."""

import json
from datetime import timedelta

import pytest
import time_machine
from standardwebhooks.webhooks import WebhookVerificationError

from cabinet.aws import queues
from cabinet.core import clock
from cabinet.core.clock import now as real_now
from cabinet.outbound.connection import TargetRejected, TargetUnreachable
from cabinet.webhooks import endpoints, event_store
from cabinet.webhooks.delivery_rules import RETRY_AFTER_SECONDS
from cabinet.webhooks.endpoints import StaleEndpoint
from cabinet.webhooks.signing_keys import SigningKeys
from tests.support.aws import Aws
from tests.support.webhooks import (
    ACCOUNT,
    KEY,
    OTHER_KEY,
    SUPPLIER,
    WEBHOOK,
    Billing,
    connect,
    endpoint_row,
    put_secret,
    run_for_account,
    run_sweep,
    waiting,
    write,
)

START = "2027-11-02T10:00:00Z"
"""After the endpoint was opened."""


def reactivate() -> None:
    endpoint = endpoints.find(SUPPLIER)
    assert endpoint is not None
    endpoints.reactivate(endpoint, lambda _: None)


def test_an_event_comes_signed_with_its_data_and_leaves_its_line_for_the_log(
    aws: Aws, billing: Billing
) -> None:
    write(ACCOUNT, "p1")
    run_for_account()
    (payload,) = billing.got
    assert payload["type"] == "payment.credited"
    assert payload["data"] == {"supplier_id": SUPPLIER, "account_id": ACCOUNT, "payment_id": "p1"}
    assert billing.urls == [WEBHOOK.url]
    assert billing.headers[0]["Content-Type"] == "application/json"
    assert waiting(aws) == []
    (delivery,) = event_store.list_log(SUPPLIER).items
    assert (delivery.event_id, delivery.http_status, delivery.attempts) == (billing.ids[0], 204, 1)
    assert json.loads(delivery.body) == payload


def test_events_of_an_account_come_in_order_behind_one_that_fails(aws: Aws, billing: Billing) -> None:
    billing.answers = [200, 500]
    with time_machine.travel(START, tick=False) as moment:
        for name in ("p1", "p2", "p3"):
            write(ACCOUNT, name)
            moment.shift(1)
        run_for_account()
        assert [each["data"]["payment_id"] for each in billing.got] == ["p1", "p2"]
        run_for_account()
        assert len(billing.got) == 2, "p2 is not due yet, and p3 waits behind it"
        moment.shift(RETRY_AFTER_SECONDS[0])
        run_for_account()
    assert [each["data"]["payment_id"] for each in billing.got] == ["p1", "p2", "p2", "p3"]
    assert billing.ids[1] == billing.ids[2], "the same event has the same identifier at each try"
    assert waiting(aws) == []


def test_an_account_whose_event_fails_holds_up_no_other(billing: Billing) -> None:
    billing.answers = [500]
    write(ACCOUNT, "p1")
    write(f"{SUPPLIER}:2", "p2")
    run_for_account()
    run_for_account(f"{SUPPLIER}:2")
    assert [each["data"]["payment_id"] for each in billing.got] == ["p1", "p2"]


def test_every_try_has_its_pause_and_after_the_last_the_endpoint_ends(
    aws: Aws, billing: Billing, caplog: pytest.LogCaptureFixture
) -> None:
    with time_machine.travel(START, tick=False) as moment:
        write(ACCOUNT, "p1", "p2")
        for pause in (*RETRY_AFTER_SECONDS, 0):
            billing.answers = [500]
            before = len(billing.got)
            run_sweep()
            assert len(billing.got) == before + 1
            moment.shift(max(pause - 1, 0))
            run_sweep()
            assert len(billing.got) == before + 1, "not before its time"
            moment.shift(1)
        assert len(billing.got) == len(RETRY_AFTER_SECONDS) + 1
        assert (endpoint_row()["status"], endpoint_row()["reason"]) == ("ended", "exhausted")
        moment.shift(timedelta(days=2))
        run_sweep()
        run_for_account()
        assert len(billing.got) == len(RETRY_AFTER_SECONDS) + 1, "nothing goes to an endpoint that has ended"
        assert [line.message for line in caplog.records].count("webhook_disabled") == 1
        reactivate()
        run_sweep()
    assert [each["data"]["payment_id"] for each in billing.got[-2:]] == ["p1", "p2"]
    assert waiting(aws) == []


def test_410_ends_the_endpoint_at_once_and_nothing_is_lost(aws: Aws, billing: Billing) -> None:
    billing.answers = [410]
    write(ACCOUNT, "p1", "p2")
    run_for_account()
    assert (endpoint_row()["status"], endpoint_row()["reason"]) == ("ended", "gone")
    assert len(waiting(aws)) == 2
    run_for_account()
    assert len(billing.got) == 1
    reactivate()
    run_for_account()
    assert [each["data"]["payment_id"] for each in billing.got] == ["p1", "p1", "p2"]


def test_an_old_calls_410_does_not_end_what_was_opened_meanwhile(billing: Billing) -> None:
    def gone_while_somebody_opens() -> int:
        with time_machine.travel(real_now() + timedelta(seconds=1), tick=False):
            reactivate()
        return 410

    billing.answers = [gone_while_somebody_opens]
    write(ACCOUNT, "p1")
    run_for_account()
    assert endpoint_row()["status"] == "active"


@pytest.mark.parametrize("error", [TargetUnreachable(), 503, 502, 504, 429])
def test_who_does_not_answer_gets_nothing_new_for_some_minutes(
    aws: Aws, billing: Billing, error: int | Exception
) -> None:
    accounts = [f"{SUPPLIER}:{number}" for number in range(1, 9)]
    with time_machine.travel(START, tick=False) as moment:
        for account in accounts:
            write(account, account)
        billing.answers = [error]
        run_sweep()
        assert len(billing.got) == 1, "one call has shown it"
        assert endpoint_row()["failing_since"]
        moment.shift(4)
        run_sweep()
        assert len(billing.got) == 1
        moment.shift(1)
        billing.answers = [error]
        run_sweep()
        assert len(billing.got) == 2, "what was tried has its own times, and shows how it stands"
        moment.shift(300)
        run_sweep()
    assert len(billing.got) == 2 + len(accounts)
    assert waiting(aws) == []
    assert not endpoint_row()["failing_since"]


def test_a_longer_retry_after_of_the_receiver_counts(billing: Billing) -> None:
    billing.answers, billing.retry_after = [429], 120
    with time_machine.travel(START, tick=False) as moment:
        write(ACCOUNT, "p1")
        run_for_account()
        moment.shift(119)
        run_for_account()
        assert len(billing.got) == 1
        moment.shift(1)
        run_for_account()
    assert len(billing.got) == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 500])
def test_other_answers_fail_and_the_failure_is_kept(aws: Aws, billing: Billing, status: int) -> None:
    billing.answers = [status]
    write(ACCOUNT, "p1")
    run_for_account()
    assert waiting(aws)[0]["failure"] == f"http_{status}"
    assert endpoint_row()["failure"] == f"http_{status}"


def test_an_address_inside_is_refused_told_in_the_log_and_tried_again(
    aws: Aws, billing: Billing, caplog: pytest.LogCaptureFixture
) -> None:
    billing.answers = [TargetRejected()]
    write(ACCOUNT, "p1")
    run_for_account()
    assert waiting(aws)[0]["failure"] == "address_refused"
    assert "webhook_refused" in [line.message for line in caplog.records]


def test_without_its_keys_nothing_is_sent(aws: Aws, billing: Billing) -> None:
    put_secret(aws, '{"key": "whsec_broken"}')
    write(ACCOUNT, "p1")
    run_for_account()
    assert billing.got == []
    assert waiting(aws)[0]["failure"] == "secret_unreadable"


def test_both_keys_sign_while_one_follows_the_other(aws: Aws, billing: Billing) -> None:
    with time_machine.travel(START, tick=False) as moment:
        until = clock.now() + timedelta(hours=24)
        put_secret(aws, SigningKeys(OTHER_KEY, KEY, until).dump())
        billing.keys = [KEY, OTHER_KEY]
        write(ACCOUNT, "p1")
        run_for_account()
        moment.shift(timedelta(hours=24))
        billing.keys = [OTHER_KEY]
        write(ACCOUNT, "p2")
        run_for_account()
        billing.keys = [KEY]
        write(ACCOUNT, "p3")
        with pytest.raises(WebhookVerificationError):
            raise_what_failed(billing)
    assert [each["data"]["payment_id"] for each in billing.got] == ["p1", "p2"]


def raise_what_failed(billing: Billing) -> None:
    """Deliver outside of the function, whose batch would only log the verifier's refusal."""
    from cabinet.webhooks.worker import Deliverer

    Deliverer(lambda: 300).deliver_for_account(ACCOUNT)


def test_a_replayed_event_is_unchanged_and_comes_before_newer_ones(billing: Billing) -> None:
    write(ACCOUNT, "p1")
    run_for_account()
    write(ACCOUNT, "p2")
    (delivery,) = event_store.list_log(SUPPLIER).items
    event_store.replay(event_store.find_delivery(SUPPLIER, delivery.delivery_id), lambda _: None)
    run_for_account()
    assert [each["data"]["payment_id"] for each in billing.got] == ["p1", "p1", "p2"]
    assert billing.ids[0] == billing.ids[1]
    assert billing.got[0] == billing.got[1]
    assert len(event_store.list_log(SUPPLIER).items) == 3


def test_a_paused_endpoint_gets_nothing_until_it_is_opened(billing: Billing) -> None:
    endpoint = endpoints.find(SUPPLIER)
    assert endpoint is not None
    endpoints.pause(endpoint, "обновляем биллинг", lambda _: None)
    with pytest.raises(StaleEndpoint):
        endpoints.pause(endpoint, "второй раз", lambda _: None)
    write(ACCOUNT, "p1")
    run_for_account()
    run_sweep()
    assert billing.got == []
    reactivate()
    run_sweep()
    assert len(billing.got) == 1


def test_who_has_no_endpoint_any_more_gets_nothing(aws: Aws, billing: Billing) -> None:
    write("other:1", "p1")
    run_for_account("other:1")
    run_sweep("other")
    assert billing.got == []
    connect("other")
    run_sweep("other")
    assert len(billing.got) == 1
    assert waiting(aws) == []


def test_a_worker_without_time_leaves_the_rest_to_another(
    aws: Aws, billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cabinet.webhooks.worker import Deliverer

    write(ACCOUNT, "p1", "p2")
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(queues, "send", lambda _, bodies, **__: sent.extend(bodies))
    left = iter([300.0, 29.0])
    Deliverer(lambda: next(left)).deliver_for_account(ACCOUNT)
    assert len(billing.got) == 1
    assert sent == [{"what": "webhooks", "account_id": ACCOUNT}]
    assert not Deliverer(lambda: 29.0).sweep(SUPPLIER)
    assert len(waiting(aws)) == 1


def test_two_workers_send_an_event_once(billing: Billing) -> None:
    def another_looks() -> int:
        run_for_account()
        return 200

    billing.answers = [another_looks]
    write(ACCOUNT, "p1", "p2")
    run_for_account()
    assert [each["data"]["payment_id"] for each in billing.got] == ["p1", "p2"]


def test_a_worker_that_took_too_long_changes_nothing_of_its_successors(aws: Aws, billing: Billing) -> None:
    with time_machine.travel(START, tick=False) as moment:

        def slow() -> int:
            moment.shift(121)
            run_for_account()
            return 200

        billing.answers = [slow]
        write(ACCOUNT, "p1")
        run_for_account()
    assert [each["data"]["payment_id"] for each in billing.got] == ["p1", "p1"]
    assert waiting(aws) == []
    assert len(event_store.list_log(SUPPLIER).items) == 1


@pytest.mark.parametrize("expired", [4, 5, 11])
def test_expired_events_do_not_keep_the_next_one_waiting(aws: Aws, billing: Billing, expired: int) -> None:
    with time_machine.travel(START, tick=False):
        write(ACCOUNT, *(f"old{number}" for number in range(expired)))
    with time_machine.travel("2028-01-02T10:00:00Z", tick=False):
        write(ACCOUNT, "new")
        assert len(waiting(aws)) == expired + 1, "the table has not dropped them yet"
        run_for_account()
    assert [payload["data"]["payment_id"] for payload in billing.got] == ["new"]
