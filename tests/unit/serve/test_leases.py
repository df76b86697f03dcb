"""Who does a job: claims by several processes, one that died, one that slept."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from serve import leases
from serve.leases import LEASE_SECONDS, Lease, LeaseLost, NotClaimed, claim, skip_past_due_if_new
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Listener, heard_by

NOW = datetime(2026, 11, 27, 8, 15, tzinfo=UTC)
LATER = timedelta(seconds=LEASE_SECONDS + 1)


def claimed(version: str) -> Lease:
    found = claim("job", version)
    assert isinstance(found, Lease)
    return found


def test_a_version_is_claimed_once_and_never_again_when_done(aws: Aws) -> None:
    lease = claimed("1")
    assert claim("job", "1") is NotClaimed.BUSY
    lease.finish()
    assert claim("job", "1") is NotClaimed.DONE
    assert claim("job", "0") is NotClaimed.DONE
    assert claimed("2").attempt == 1


def test_the_next_version_waits_for_the_one_that_runs(aws: Aws) -> None:
    lease = claimed("1")
    assert claim("job", "2") is NotClaimed.BUSY
    lease.finish()
    assert claimed("2").token == lease.token + 1


def test_what_a_dead_process_left_is_done_by_another_and_counted(aws: Aws) -> None:
    with time_machine.travel(NOW, tick=False):
        claimed("1")
    with time_machine.travel(NOW + LATER, tick=False):
        assert claimed("1").attempt == 2


@pytest.mark.parametrize("act", [Lease.renew, Lease.finish, lambda lease: lease.reschedule(1)])
def test_who_slept_too_long_changes_nothing_and_has_no_time(aws: Aws, act: object) -> None:
    with time_machine.travel(NOW, tick=False):
        sleeper = claimed("1")
    with time_machine.travel(NOW + LATER, tick=False):
        heir = claimed("1")
        with pytest.raises(LeaseLost):
            act(sleeper)  # type: ignore[operator]
        assert sleeper.seconds_left() <= 0
        assert claim("job", "1") is NotClaimed.BUSY
        heir.finish()
        assert claim("job", "1") is NotClaimed.DONE


def test_of_two_that_claim_at_once_one_has_it(aws: Aws) -> None:
    class Rival(Listener):
        found: Lease | NotClaimed | None = None

        def before(self, call: Call) -> None:
            if call.operation == "PutItem" and self.found is None:
                self.found = NotClaimed.BUSY
                self.found = claim("job", "1")

    with heard_by(Rival()) as rival:
        assert claim("job", "1") is NotClaimed.BUSY
    assert isinstance(rival.found, Lease)
    rival.found.finish()
    assert claim("job", "1") is NotClaimed.DONE


def test_a_job_that_is_kept_renews_and_may_be_given_back(aws: Aws) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        lease = claimed("1")
        clock.shift(LEASE_SECONDS - 1)
        lease.renew()
        clock.shift(LEASE_SECONDS - 1)
        assert claim("job", "1") is NotClaimed.BUSY
        lease.reschedule(60)
        assert claim("job", "1") is NotClaimed.BUSY
        clock.shift(61)
        assert claimed("1").attempt == 2


def test_what_was_due_before_the_first_start_is_not_done(aws: Aws) -> None:
    skip_past_due_if_new("job", "1")
    assert claim("job", "1") is NotClaimed.DONE
    claimed("2").finish()
    skip_past_due_if_new("job", "1")
    assert claim("job", "2") is NotClaimed.DONE


def test_a_row_that_is_kept_for_a_time_says_until_when(aws: Aws) -> None:
    with time_machine.travel(NOW, tick=False):
        found = claim("job", "1", retention_seconds=100)
    assert isinstance(found, Lease)
    (row,) = aws.rows("MESSAGES_TABLE")
    assert row["expires_at"] == int(NOW.timestamp()) + 100
    assert leases.lease_key("job") == (row["pk"], row["sk"])
