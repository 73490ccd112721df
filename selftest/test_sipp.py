"""SIPp, a phone that is not ours, agrees that calls get through in every variant of telephony."""

from collections.abc import Iterator

import pytest

from selftest.sipp.calls import Calls
from topologies.lab import Lab, bring_up
from topologies.loading import load
from topologies.model import Role

CALLS = 200


@pytest.fixture(scope="module", params=["simple", "nn-sip", "sip-proxy"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with bring_up(load(request.param)) as lab:
        yield lab


def test_every_call_gets_through(lab: Lab) -> None:
    """Of 200 calls, divided among the exchanges, each is answered, held, and ended."""
    exchanges = lab.topology.with_role(Role.PBX)
    each = CALLS // len(exchanges)

    wrong = {at: Calls(at=at, count=each).placed(lab).complaints(each) for at in exchanges}

    assert wrong == {at: [] for at in exchanges}


def test_call_to_nobody_is_counted_as_failed(lab: Lab) -> None:
    """What speaks for the calls above would speak against them: the exchange refuses a number with 404."""
    placed = Calls(at="pbx1", number="999", count=5).placed(lab)
    assert placed.counters is not None
    assert (placed.status, placed.counters.successful, placed.counters.failed) == (1, 0, 5)
    assert placed.counters.reasons == {"UnexpectedMessage": 5}
    assert "404 Nobody Has This Number" in placed.said
    assert placed.complaints(5)
