"""Samples of datagrams, on loopback: those that arrive count, each once, and nothing else does."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from topologies.sidecar import sampling
from topologies.sidecar.refusals import Refused

SENDER, RECEIVER = 1, 2
ADDRESS = "127.0.81.31"
PATIENCE_S = 0.1


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both nodes be our own machine, where port 9 is not ours."""
    monkeypatch.setattr(sampling, "in_network_of", lambda _pid, act: act())
    monkeypatch.setattr(sampling, "SAMPLE_PORT", free_port())


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((ADDRESS, 0))
        return int(one.getsockname()[1])


def arrived(number: int = 20) -> int:
    return sampling.arrived(SENDER, RECEIVER, ADDRESS, number, PATIENCE_S)


def on_the_way(monkeypatch: pytest.MonkeyPatch, happens: Callable[[Callable[..., None], Any], None]) -> None:
    """Let something happen to each datagram; it is given how one is sent, and its arguments."""
    send = sampling._send
    monkeypatch.setattr(sampling, "_send", lambda *one: happens(send, one))


@pytest.mark.parametrize("number", [1, 20, 2000])
def test_all_of_them_arrive_where_nothing_is_lost(number: int) -> None:
    assert arrived(number) == number


def test_lost_ones_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_way(monkeypatch, lambda send, one: None if one[1][-1] % 4 == 0 else send(*one))
    assert arrived() == 15


def test_where_all_are_lost_none_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_way(monkeypatch, lambda _send, _one: None)
    assert arrived() == 0


def test_duplicates_and_what_others_say_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice_with_noise(send: Callable[..., None], one: Any) -> None:
        mouth, sample, address = one
        if sample[-1] == 0:
            return
        for what in (sample, sample, b"noise"):
            send(mouth, what, address)

    on_the_way(monkeypatch, twice_with_noise)
    assert arrived() == 19


def test_late_ones_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within patience: the last one comes when all others have been heard."""
    late: list[threading.Timer] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as later:

        def dawdle(send: Callable[..., None], one: Any) -> None:
            if one[1][-1] < 19:
                send(*one)
            else:
                late.append(threading.Timer(PATIENCE_S / 10, send, (later, *one[1:])))
                late[0].start()

        on_the_way(monkeypatch, dawdle)
        assert arrived() == 20
        late[0].join()


def test_an_address_that_is_nobodys_is_told() -> None:
    with pytest.raises(Refused, match=r"nobody can listen on 198\.18\.9\.9:"):
        sampling.arrived(SENDER, RECEIVER, "198.18.9.9", 1, PATIENCE_S)
