"""Leases of brokers that die and of processes that are stopped: what their holders are told, and when."""

from __future__ import annotations

import os
import queue
import signal

import pytest
from conftest import Broker, CutLine, Program, eventually

from portlease import Client, Jeopardy, Lease, LeaseState, Lost, PortleaseError
from portlease._clock import now
from portlease._timing import moments

News = tuple[float, object]


class Listener:
    """Notes what a lease tells, with the instant."""

    def __init__(self) -> None:
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()

    def lost(self, _: Lease, lost: Lost) -> None:
        self.news.put((now(), lost))

    def jeopardy(self, _: Lease, jeopardy: Jeopardy) -> None:
        self.news.put((now(), jeopardy))

    def safe(self, _: Lease) -> None:
        self.news.put((now(), LeaseState.SAFE))

    def next(self) -> News:
        return self.news.get(timeout=30)

    def acquire(self, client: Client, ttl: float) -> Lease:
        return client.acquire(ttl=ttl, on_lost=self.lost, on_jeopardy=self.jeopardy, on_safe=self.safe)


def test_a_broker_that_is_killed_and_comes_back_costs_no_lease(mortal_broker: Broker) -> None:
    listener = Listener()
    with Client(mortal_broker.address) as client, listener.acquire(client, ttl=20) as lease, lease.listen():
        mortal_broker.kill()
        killed_at = now()
        mortal_broker.start()
        # Of the broker that came back.
        eventually(lambda: lease._kept.track.renewed_at > killed_at)
        assert lease.state is LeaseState.SAFE
        with pytest.raises(PortleaseError) as caught, Client(mortal_broker.address) as other:
            other.acquire(preferred_port=lease.port, must=True)
        assert caught.value.reason == "PORT_LEASED"
    assert listener.news.empty()


def test_a_connection_that_goes_silent_is_replaced_before_the_lease_is_lost(broker: Broker) -> None:
    listener = Listener()
    line = CutLine(broker.address)
    with Client(line.address) as client, listener.acquire(client, ttl=45) as lease:
        line.freeze()
        frozen_at = now()
        eventually(lambda: lease._kept.track.renewed_at > frozen_at, within=40)
        assert lease.state is LeaseState.SAFE
        assert line.accepted == 2
    line.close()
    assert listener.news.empty()


def test_a_broker_that_is_dead_for_longer_costs_the_lease_before_anybody_else_can_have_it(mortal_broker: Broker) -> None:
    listener = Listener()
    ttl = 3.0
    with Client(mortal_broker.address) as client:
        lease = listener.acquire(client, ttl)
        begun = lease._kept.track
        eventually(lambda: lease._kept.track.renewed_at > begun.renewed_at)
        killing_at = now()
        mortal_broker.kill()
        jeopardy_at, jeopardy = listener.next()
        lost_at, lost = listener.next()
        assert isinstance(jeopardy, Jeopardy)
        assert jeopardy.cause == "unrenewed"
        assert 0 < jeopardy.left < ttl / 3
        assert isinstance(lost, Lost)
        assert lost.reason == "DEADLINE_PASSED"
        assert "BROKER_UNREACHABLE" in lost.message
        # The broker answered nothing after it was killed, so this is when its lease ended at the earliest. When the news of it
        # is heard depends on the machine, and what the lease says of itself does not.
        _, lost_from = moments(lease._kept.track.deadline, ttl)
        assert lost_from < killing_at + ttl
        assert jeopardy_at < lost_at
        assert lost_from <= lost_at
        mortal_broker.start()
        with (
            Client(mortal_broker.address) as other,
            other.acquire(preferred_port=lease.port, must=True, max_wait=60) as next_one,
        ):
            assert next_one.generation > lease.generation
            assert lost_at < now()
        assert lease.state is LeaseState.LOST


def test_a_lease_in_jeopardy_is_safe_again_when_the_broker_is_back(mortal_broker: Broker) -> None:
    listener = Listener()
    with Client(mortal_broker.address) as client, listener.acquire(client, ttl=20) as lease:
        process_id = int(mortal_broker.ready["processId"])
        os.kill(process_id, signal.SIGSTOP)
        _, jeopardy = listener.next()
        assert isinstance(jeopardy, Jeopardy)
        with lease.bind():
            pass  # It is still ours.
        os.kill(process_id, signal.SIGCONT)
        assert listener.next()[1] is LeaseState.SAFE


def test_acquire_waits_for_a_broker_that_starts_late(mortal_broker: Broker) -> None:
    mortal_broker.kill()
    program = "import portlease; client = portlease.Client(); print(client.acquire().port); client.close()"
    with Program(program, PORTLEASE_ADDRESS=mortal_broker.address) as late:
        mortal_broker.start()
        assert int(late.line()) > 0
        assert late.end() == 0


def test_a_lease_whose_broker_is_away_is_given_up_in_time_at_the_end_of_its_block(mortal_broker: Broker) -> None:
    with Client(mortal_broker.address, release_timeout=0.2) as client, client.acquire() as lease:
        mortal_broker.kill()
        with pytest.raises(PortleaseError) as caught:
            lease.release()
        assert caught.value.reason == "BROKER_UNREACHABLE"
    assert lease.state is LeaseState.RELEASED


PAUSED = """
import sys, portlease
told = lambda what: print(what, flush=True)
client = portlease.Client()
lease = client.acquire(
    ttl=float(sys.argv[1]),
    on_jeopardy=lambda lease, jeopardy: told(jeopardy.cause),
    on_safe=lambda lease: told("safe"),
    on_lost=lambda lease, lost: told(lost.reason),
)
told(lease.lease_id)
sys.stdin.read()
client.close()
"""


@pytest.mark.parametrize(("ttl", "verdict"), [("20", "safe"), ("3", "LEASE_NOT_FOUND")])
def test_a_process_that_was_stopped_is_in_jeopardy_until_the_broker_decides(broker: Broker, ttl: str, verdict: str) -> None:
    with Program(PAUSED, ttl, PORTLEASE_ADDRESS=broker.address) as holder:
        assert holder.line() != ""
        holder.process.send_signal(signal.SIGSTOP)
        stopped_at = now()
        # By more than a pulse longer than a tenth of the first TTL, and than all of the second.
        eventually(lambda: now() > stopped_at + 3.5)
        holder.process.send_signal(signal.SIGCONT)
        assert [holder.line(), holder.line()] == ["paused", verdict]
        assert holder.end() == 0


FORKED = """
import os, sys, portlease
with portlease.Client() as client, client.acquire(ttl=60) as lease:
    child = os.fork()
    if child == 0:
        lease.release()
        client.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    print(lease.port, flush=True)
    sys.stdin.read()
"""


def test_a_forked_child_gives_nothing_back(broker: Broker, client: Client) -> None:
    with Program(FORKED, PORTLEASE_ADDRESS=broker.address, GRPC_VERBOSITY="NONE") as parent:
        port = int(parent.line())
        with pytest.raises(PortleaseError) as caught:
            client.acquire(preferred_port=port, must=True)
        assert caught.value.reason == "PORT_LEASED"
        assert parent.end() == 0
