"""Detection and rescue are those of Kamailio's own clockwork, with their formula."""

import pytest

from conformance.norms.kamailio import Configuration, parse
from conformance.norms.kamailio_detection import (
    detection,
    detection_by_calls,
    recovery_norm,
    repetitions,
    rescue_norm,
    soonest_detection,
)
from topologies.errors import UsageError

SETTINGS = {
    ("tm", "fr_timer"): "500",
    ("tm", "fr_inv_timer"): "3000",
    ("dispatcher", "flags"): "2",
    ("dispatcher", "ds_ping_interval"): "1",
    ("dispatcher", "ds_probing_mode"): "1",
}
ROUTES = """
loadmodule "dispatcher.so"
request_route { ds_select_dst("1", "4"); t_on_failure("NEXT"); t_relay(); }
failure_route[NEXT] {
    if (t_branch_timeout() || t_check_status("5..")) { ds_mark_dst("ip"); if (ds_next_dst()) t_relay(); }
}
"""
LIST = "1 sip:198.18.3.81:5060 0 0 duid=tel1\n1 sip:198.18.3.82:5060 0 0 duid=tel2\n"


def config(routes: str = ROUTES, destinations: str = LIST, **changed: str | None) -> Configuration:
    """Return the configuration with parameters *changed*; None takes one out."""
    settings: dict[tuple[str, str], str | None] = dict(SETTINGS)
    for name, value in changed.items():
        module = "tm" if name.startswith(("fr_", "max_", "retr_")) else "dispatcher"
        settings[module, name] = value
    lines = [
        f'modparam("{module}", "{name}", {value})'
        for (module, name), value in settings.items()
        if value is not None
    ]
    return parse("\n".join([*lines, routes]), destinations)


@pytest.mark.parametrize(
    ("interval", "fr_timer", "threshold", "soonest_s", "latest_s"),
    [
        ("1", "500", "1", 0.5, 1.5),
        ("1", "2000", "1", 2.0, 3.0),
        ("2", "2000", "1", 2.0, 4.0),
        ("5", "2000", "3", 12.0, 17.0),
        ("2", "2000", "3", 6.0, 8.0),
    ],
)
def test_silence(interval: str, fr_timer: str, threshold: str, soonest_s: float, latest_s: float) -> None:
    """From fr_timer + (threshold - 1) x interval, but for a tick, to fr_timer + threshold x interval."""
    found = config(ds_ping_interval=interval, fr_timer=fr_timer, ds_probing_threshold=threshold)
    assert detection(found, "tel1").seconds == latest_s
    assert soonest_detection(found, "198.18.3.82").seconds == soonest_s - 0.0625


def test_formula_of_silence() -> None:
    """As it is reported."""
    assert detection(config(), "tel1").formula == "fr_timer 0.5 s + 1 x ds_ping_interval 1 s = 1.5 s"
    three = config(ds_probing_threshold="3")
    assert soonest_detection(three, "tel1").formula == (
        "fr_timer 0.5 s less a timer tick of 0.0625 s + 2 x ds_ping_interval 1 s = 2.4375 s"
    )


def test_default_patience_of_a_probe() -> None:
    """The default of half a minute makes detection slow, and 32 s are the most that a probe lives."""
    assert detection(config(fr_timer=None), "tel1").formula == (
        "fr_timer 30 s + 1 x ds_ping_interval 1 s = 31 s"
    )
    assert detection(config(fr_timer="60000"), "tel1").formula.startswith("max_noninv_lifetime 32 s + ")


def test_rounding_is_told() -> None:
    """A timeout between two ticks is kept at the later one."""
    assert detection(config(fr_timer="510"), "tel1").formula.startswith(
        "fr_timer 0.5625 s (configured 0.51 s) + "
    )


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"ds_ping_interval": None}, "ds_ping_interval is 0: nobody is probed"),
        ({"ds_probing_mode": None}, "ds_probing_mode 0 probes what is marked so once, and nothing again"),
        ({"ds_probing_mode": "2"}, "ds_probing_mode 2 probes only what is out of service already"),
        ({"ds_probing_mode": "3"}, "ds_probing_mode 3 probes only what is marked so, and tel1 is not"),
        (
            {"ds_ping_reply_codes": '"class=2;class=4"'},
            "ds_ping_reply_codes accepts 408, which is what a probe without an answer ends with",
        ),
    ],
)
def test_what_is_never_noticed(changed: dict[str, str | None], why: str) -> None:
    """The formula says why."""
    norm = detection(config(ROUTES, LIST, **changed), "tel1")
    assert not norm.is_finite
    assert norm.formula == why
    assert soonest_detection(config(ROUTES, LIST, **changed), "tel1") == norm


def test_flags_of_a_destination() -> None:
    """8 asks for probes in mode 3; 4 and 32 forbid them."""
    marked = "1 sip:198.18.3.81 8\n1 sip:198.18.3.82 0\n"
    assert detection(config(destinations=marked, ds_probing_mode="3"), "198.18.3.81").is_finite
    silent = config(destinations="1 sip:198.18.3.81 32\n")
    assert detection(silent, "198.18.3.81").formula == "198.18.3.81 has flags 32, so it is not probed"


def test_without_the_dispatcher_nothing_is_noticed() -> None:
    """Its parameters alone do nothing."""
    assert detection(config(routes=""), "tel1").formula == "the module dispatcher is not loaded"


@pytest.mark.parametrize("failure", ["rejecting", "hanging"])
def test_whoever_answers_probes_is_not_noticed_by_them(failure: str) -> None:
    """Answering OPTIONS is not taking calls."""
    norm = detection(config(), "tel1", failure)  # type: ignore[arg-type]  # pytest's parameters are text
    assert norm.formula == f"a {failure} server answers probes, so they never notice it"


def test_calls_notice_too() -> None:
    """A mark counts at once; a destination that is tried counts as often as the threshold says."""
    assert detection_by_calls(config(), "tel1", call_every_s=0.1).formula == (
        "1 x a call every 0.1 s + fr_timer 0.5 s = 0.6 s"
    )
    trying = config(routes=ROUTES.replace('"ip"', '"tp"'), ds_probing_threshold="3")
    assert detection_by_calls(trying, "tel1", call_every_s=0.1).seconds == pytest.approx(0.8)
    none = config(routes=ROUTES.replace('ds_mark_dst("ip");', ""))
    assert not detection_by_calls(none, "tel1", call_every_s=0.1).is_finite


def test_what_a_call_pays_for_a_failed_server() -> None:
    """Silence costs fr_timer, hanging fr_inv_timer, each with a tick, and a refusal nothing."""
    assert rescue_norm(config(), "tel1").formula == "1 x fr_timer 0.5 s + a timer tick of 0.0625 s = 0.5625 s"
    assert rescue_norm(config(), "tel1", servers=2).seconds == 1.0625
    assert (
        rescue_norm(config(), "tel1", "hanging").formula
        == "1 x fr_inv_timer 3 s + a timer tick of 0.0625 s = 3.0625 s"
    )
    assert rescue_norm(config(fr_inv_timer=None, max_inv_lifetime="60000"), "tel1", "hanging").formula == (
        "1 x max_inv_lifetime 60 s + a timer tick of 0.0625 s = 60.0625 s"
    )
    assert rescue_norm(config(), "tel1", "rejecting").seconds == 0.0


def test_calls_that_nobody_rescues() -> None:
    """The formula says what is missing."""
    unarmed = config(routes=ROUTES.replace('t_on_failure("NEXT");', ""))
    assert rescue_norm(unarmed, "tel1").formula == (
        "no failure route sends a call on to the next destination: it is lost"
    )
    alone = config(destinations="1 sip:198.18.3.81 0\n1 sip:198.18.3.82 4\n")
    assert rescue_norm(alone, "198.18.3.81").formula == (
        "198.18.3.81 is alone in set 1, so a call has nowhere else to go"
    )
    only_busy = config(
        routes=ROUTES.replace('t_branch_timeout() || t_check_status("5..")', 't_check_status("486")')
    )
    assert rescue_norm(only_busy, "tel1").formula == (
        "the failure route does not send a call without an answer on to the next destination"
    )
    assert not rescue_norm(only_busy, "tel1", "rejecting").is_finite


def test_return() -> None:
    """It needs the next probe, and as many good answers as the configuration asks for."""
    assert recovery_norm(config(), "tel1").formula == "1 x ds_ping_interval 1 s = 1 s"
    assert recovery_norm(config(ds_inactive_threshold="3"), "tel1").seconds == 3.0
    assert recovery_norm(config(ds_probing_mode="2"), "tel1").is_finite
    unmarked = config(routes=ROUTES.replace('"ip"', '"i"'), ds_probing_mode="2")
    assert not recovery_norm(unmarked, "tel1").is_finite
    assert (
        recovery_norm(config(ds_ping_interval=None), "tel1").formula
        == "ds_ping_interval is 0: nobody is probed"
    )


def test_whoever_is_never_taken_out_need_not_return() -> None:
    """No probes and no marks."""
    norm = recovery_norm(
        config(routes=ROUTES.replace('ds_mark_dst("ip");', ""), ds_ping_interval=None), "tel1"
    )
    assert (norm.seconds, norm.formula) == (0.0, "tel1 is never taken out of service")


def test_repetitions_of_a_call() -> None:
    """Kamailio repeats from 0.5 s on, up to every 4 s, until fr_timer; each may come a tick early."""
    timers = repetitions(config(fr_timer="20000"), "tel1")
    assert timers.sent_at_s("INVITE") == (0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5)
    assert timers.early_by_s == 0.0625


def test_an_unknown_server_is_told() -> None:
    """With those that there are."""
    with pytest.raises(UsageError, match=r"no destination 'tel9'; there are \['tel1', 'tel2'\]"):
        detection(config(), "tel9")
