"""What a client believes of a lease, by arithmetic alone."""

from __future__ import annotations

from portlease import LeaseState, Lost, _timing
from portlease import _track as lease
from portlease._clock import PauseDetector

TTL = 30.0
FRESH = lease.granted(100.0, TTL, 0.0)


def state(track: lease.Track, at: float) -> LeaseState:
    return lease.state_of(track, at)


def reason(track: lease.Track, at: float) -> str | None:
    end = lease.advanced(track, at).end
    return end.reason if isinstance(end, Lost) else None


def test_a_lease_is_safe_then_in_jeopardy_then_lost_before_its_deadline() -> None:
    margin = TTL * 0.01 + 0.020
    assert state(FRESH, 119.9) is LeaseState.SAFE
    assert state(FRESH, 120.1) is LeaseState.JEOPARDY
    assert state(FRESH, 130 - margin - 0.001) is LeaseState.JEOPARDY
    assert state(FRESH, 130 - margin + 0.001) is LeaseState.LOST
    assert reason(FRESH, 129.9) == "DEADLINE_PASSED"


def test_the_deadline_counts_from_when_the_request_was_sent_and_the_wait_was_over() -> None:
    assert _timing.grant_moment(10.0, 11.0, 0.4) == 10.4
    # A wait that the answer did not take is not believed.
    assert _timing.grant_moment(10.0, 11.0, 5.0) == 11.0
    assert lease.renewal_succeeded(lease.renewal_sent(FRESH, 110.0), 110.0, TTL, 0.0).deadline == 140.0


def test_a_renewal_is_due_after_a_third_of_the_ttl_and_only_one_at_a_time() -> None:
    assert not lease.renewal_due(FRESH, 109.9)
    assert lease.renewal_due(FRESH, 110.1)
    sent = lease.renewal_sent(FRESH, 110.1)
    assert not lease.renewal_due(sent, 112.0)
    failed = lease.renewal_failed(sent, 110.1, 111.0)
    assert lease.renewal_due(failed, 111.0)
    assert lease.granted(100.0, TTL, 0.999).renew_at < 110.0


def test_an_older_answer_changes_nothing() -> None:
    renewed = lease.renewal_succeeded(FRESH, 110.0, TTL, 0.0)
    assert lease.renewal_succeeded(renewed, 105.0, TTL, 0.0).deadline == 140.0


def test_a_paused_process_asks_at_once_and_the_answer_to_that_decides() -> None:
    flying = lease.renewal_sent(FRESH, 110.0)
    doubted = lease.paused(flying, 115.0, 4.0)
    assert state(doubted, 115.0) is LeaseState.JEOPARDY
    assert lease.renewal_due(doubted, 115.0)
    # What was sent before the pause proves nothing of it.
    assert state(lease.renewal_succeeded(doubted, 110.0, TTL, 0.0), 115.1) is LeaseState.JEOPARDY
    assert state(lease.renewal_succeeded(doubted, 115.0, TTL, 0.0), 115.1) is LeaseState.SAFE
    assert lease.paused(flying, 115.0, 2.9) is flying


def test_paused_past_its_deadline_a_lease_is_in_doubt_for_a_third_of_its_ttl() -> None:
    doubted = lease.advanced(FRESH, 500.0)
    assert state(doubted, 509.9) is LeaseState.JEOPARDY
    assert reason(doubted, 510.1) == "UNCONFIRMED"
    assert state(lease.renewal_succeeded(doubted, 500.0, TTL, 0.0), 501.0) is LeaseState.SAFE


def test_renewals_that_failed_before_a_stall_are_an_unreachable_broker() -> None:
    failed = lease.renewal_failed(lease.renewal_sent(FRESH, 110.0), 110.0, 111.0)
    assert reason(failed, 131.0) == "DEADLINE_PASSED"


def test_what_is_lost_stays_lost() -> None:
    lost = lease.advanced(FRESH, 129.9)
    assert lease.renewal_succeeded(lost, 129.0, TTL, 0.0) is lost
    assert state(lease.ended(lost, LeaseState.RELEASED), 130.0) is LeaseState.LOST


def test_the_next_look_is_at_whatever_comes_first() -> None:
    assert lease.next_look(FRESH, 100.0) == 110.0
    assert lease.next_look(lease.renewal_sent(FRESH, 110.0), 110.0) == 120.0
    assert lease.next_look(lease.advanced(FRESH, 500.0), 500.0) == 510.0


def test_tries_are_close_enough_to_fit_into_a_ttl() -> None:
    assert _timing.answer_within(0.3) == 0.25
    assert _timing.answer_within(12.0) == 2.0
    assert _timing.answer_within(600.0) == 5.0
    assert _timing.backoff(1, 0.0) == 0.05
    assert _timing.backoff(50, 0.999) < 5.0
    assert _timing.backoff(50, 0.999, _timing.retry_within(10.0)) < 1.0


def test_a_pause_counts_once() -> None:
    pauses = PauseDetector()
    assert pauses.runs(5.0) == 0
    pauses.expect(10.0)
    assert pauses.runs(9.0) == 0
    assert pauses.runs(10.01) == 0
    assert pauses.runs(14.0) == 3.99
    assert pauses.runs(14.01) == 0
