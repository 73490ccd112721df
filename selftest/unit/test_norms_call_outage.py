"""What the loss of a telephony server costs calls, by the slowest of those that give it any."""

import pytest

from conformance.norms.call_outage import call_delay, new_call_outage, recovery, takeover_delay
from conformance.norms.kamailio import Configuration
from conformance.norms.kamailio_detection import Failure
from conformance.norms.norm import Norm
from selftest.unit.test_norms_kamailio_detection import ROUTES, config

QUICK = config()
SLOW = config(ds_ping_interval="2", fr_timer="1000", fr_inv_timer="8000", ds_inactive_threshold="2")
ELSEWHERE = config(destinations="1 sip:198.18.3.100:5060 0 0 duid=acd-sip\n", fr_timer="20000")
ALL = (QUICK, SLOW, ELSEWHERE)


@pytest.mark.parametrize(
    ("failure", "outage_s", "delay_s"),
    [("silent", 3.0, 8.0625), ("rejecting", 0.0, 0.0), ("hanging", 8.0625, 8.0625)],
)
def test_slowest_distributor_counts(failure: Failure, outage_s: float, delay_s: float) -> None:
    assert new_call_outage(ALL, "tel1", failure).seconds == outage_s
    assert call_delay(ALL, "tel1", failure).seconds == delay_s


def test_call_that_rang_at_a_dying_server_pays_more_than_one_that_met_a_dead_one() -> None:
    delay = call_delay([QUICK], "tel1", "silent")

    assert delay == Norm(seconds=3.0625, formula="1 x fr_inv_timer 3 s + a timer tick of 0.0625 s = 3.0625 s")
    patient = config(fr_timer="4000")
    assert (
        call_delay([patient], "tel1", "silent").formula
        == "1 x fr_timer 4 s + a timer tick of 0.0625 s = 4.0625 s"
    )


def test_server_is_back_when_all_give_it_calls() -> None:
    assert recovery(ALL, "tel1") == Norm(seconds=4.0, formula="2 x ds_ping_interval 2 s = 4 s")


def test_server_is_named_by_its_address_too() -> None:
    assert new_call_outage(ALL, "198.18.3.81", "silent") == new_call_outage(ALL, "tel1", "silent")


@pytest.mark.parametrize("configs", [(), (ELSEWHERE,)])
def test_server_that_nobody_gives_calls_to_has_no_norm(configs: tuple[Configuration, ...]) -> None:
    norms = [
        new_call_outage(configs, "tel1", "silent"),
        new_call_outage(configs, "tel1", "hanging"),
        call_delay(configs, "tel1", "silent"),
        recovery(configs, "tel1"),
    ]

    assert norms == [Norm.never("no PBX and no proxy gives calls to tel1")] * 4


def test_one_distributor_that_never_notices_makes_it_endless() -> None:
    blind = config(ds_ping_interval="0")
    lonely = config(destinations="1 sip:198.18.3.81:5060 0 0 duid=tel1\n")
    refusing = config(ROUTES.replace('t_check_status("5..")', 't_check_status("408")'))

    assert new_call_outage([QUICK, blind], "tel1", "silent").formula == (
        "ds_ping_interval is 0: nobody is probed"
    )
    assert "alone in set 1" in call_delay([QUICK, lonely], "tel1", "silent").formula
    assert not call_delay([QUICK, refusing], "tel1", "rejecting").is_finite
    assert not new_call_outage([QUICK, refusing], "tel1", "rejecting").is_finite


@pytest.mark.parametrize(("gap_s", "delay_s"), [(0.0, 0.0), (0.43, 0.5625), (0.461, 1.5625), (1.45, 3.5625)])
def test_call_that_meets_a_takeover_waits_for_its_repetition(gap_s: float, delay_s: float) -> None:
    pbx = config(destinations="1 sip:198.18.3.100:5060 0 0 duid=acd-sip\n", fr_timer="5000")

    assert takeover_delay(pbx, "acd-sip", Norm(seconds=gap_s, formula="the gap")).seconds == delay_s


def test_call_given_up_before_the_takeover_is_over_has_no_norm() -> None:
    gap = Norm(seconds=0.461, formula="the gap")

    assert not takeover_delay(config(), "tel1", gap).is_finite
    assert not takeover_delay(config(), "tel1", Norm.never("no standby")).is_finite
