"""A request with an Idempotency-Key answers again as it answered first; with another body it is refused."""

from datetime import timedelta

import pytest
import time_machine

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, IdempotencyConflict
from cabinet.idempotency import DuplicateRequest, identify_request


def do(request, response, thing="1", mark=None):
    work = Transaction(mark or request.transaction_id)
    work.put(Table.USERS, {"pk": "THING", "sk": thing}, condition=IS_ABSENT, on_conflict=Conflict)
    request.store_response(work, response)
    work.commit()


def test_the_same_key_and_body_get_the_first_answer(aws):
    request = identify_request("u1", "readings", "k", {"b": 1, "a": 2})
    assert request.stored_response() is None
    do(request, {"ok": "да"})
    assert identify_request("u1", "readings", "k", {"a": 2, "b": 1}).stored_response() == {"ok": "да"}


def test_another_body_under_the_same_key_is_refused(aws):
    do(identify_request("u1", "readings", "k", {"a": 1}), {})
    with pytest.raises(IdempotencyConflict):
        identify_request("u1", "readings", "k", {"a": 2}).stored_response()


@pytest.mark.parametrize(("user", "route"), [("u2", "readings"), ("u1", "checkout")])
def test_keys_belong_to_the_user_and_the_route(aws, user, route):
    do(identify_request("u1", "readings", "k", {}), {})
    assert identify_request(user, route, "k", {}).stored_response() is None


def test_a_lost_answer_is_found_again_and_nothing_is_done_twice(aws):
    request = identify_request("u1", "readings", "k", {})
    do(request, {"n": 1})
    do(request, {"n": 1})
    assert request.stored_response() == {"n": 1}


def test_a_rival_with_the_same_key_is_told_to_read_the_reply(aws):
    request = identify_request("u1", "readings", "k", {})
    do(request, {"n": 1}, thing="1", mark="rival")
    with pytest.raises(DuplicateRequest):
        do(request, {"n": 2}, thing="2")
    assert dynamo.get(Table.USERS, ("THING", "2")) is None


def test_a_key_lives_a_day(aws):
    request = identify_request("u1", "readings", "k", {})
    do(request, {"n": 1})
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        assert request.stored_response() is None
        do(identify_request("u1", "readings", "k", {}), {"n": 2}, thing="2", mark="later")
        assert request.stored_response() == {"n": 2}
