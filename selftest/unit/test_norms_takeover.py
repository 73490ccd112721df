"""Takeover norms follow the standards' timers, with their formula."""

import pytest

from conformance.norms.keepalived import Instance, parse
from conformance.norms.takeover import (
    election_norm,
    master_down_interval,
    return_norm,
    takeover_norm,
)

SCRIPT = """
vrrp_script alive {{
    script /bin/haproxy-alive
    interval 0.1
    timeout 1
    fall 2
    weight {weight}
}}
"""
PROCESS = "vrrp_track_process lb {\n process haproxy\n delay 0.2\n}\n"


def router(*settings: str, priority: int = 100, version: int = 3, advert: str = "0.1") -> Instance:
    lines = [f"priority {priority}", f"version {version}", f"advert_int {advert}", *settings]
    text = SCRIPT.format(weight=0) + PROCESS + "vrrp_instance front {\n" + "\n".join(lines) + "\n}\n"
    return parse(text).instances["front"]


def weighted(weight: int, *, priority: int) -> Instance:
    head = SCRIPT.format(weight=weight) + "vrrp_instance front {\n track_script { alive }\n version 3\n"
    return parse(f"{head} advert_int 0.1\n priority {priority}\n}}").instances["front"]


def test_silence_in_version_3() -> None:
    """Three adverts, the skew of the standby's priority, and the activation."""
    norm = takeover_norm("silence", standby=router(priority=156))
    assert norm.seconds == pytest.approx(0.3 + 0.1 * 100 / 256 + 0.1)
    assert norm.formula == (
        "3 x advert_int 0.1 s + skew (256 - 156) / 256 x 0.1 s + activation 0.1 s = 0.4391 s"
    )


def test_silence_in_version_2_is_rounded_up() -> None:
    """A tenth of a second becomes a whole one, and the skew is that of whole seconds."""
    norm = master_down_interval(router(priority=100, version=2))
    assert norm.seconds == pytest.approx(3 + 156 / 256)
    assert norm.formula == "3 x advert_int 1 s (configured 0.1 s) + skew (256 - 100) / 256 x 1 s = 3.6094 s"


def test_version_3_takes_the_interval_from_the_active_node() -> None:
    """An active node that advertises slowly is missed late."""
    slow = takeover_norm("silence", standby=router(), active=router(advert="1"))
    assert slow.seconds == pytest.approx(3 + 156 / 256 + 0.1)


def test_a_goodbye_spares_the_wait() -> None:
    """After an advert of priority 0 only the skew passes."""
    norm = takeover_norm("goodbye", standby=router(), active=router())
    assert norm.formula == "skew (256 - 100) / 256 x 0.1 s + activation 0.1 s = 0.1609 s"


def test_death_of_the_balancer_process() -> None:
    """The script notices, the node says goodbye, the standby waits its skew."""
    norm = takeover_norm(
        "process-death", standby=router(), active=router("track_script { alive }", priority=150)
    )
    assert norm.formula == (
        "2 x interval 0.1 s of alive + skew (256 - 100) / 256 x 0.1 s + activation 0.1 s = 0.3609 s"
    )


def test_a_balancer_process_that_hangs() -> None:
    """The script itself may hang until its timeout."""
    active = router("track_script { alive }")
    assert takeover_norm("process-hang", standby=router(), active=active).seconds == pytest.approx(
        1.3609, abs=1e-4
    )
    by_process = takeover_norm("process-hang", standby=router(), active=router("track_process { lb }"))
    assert not by_process.is_finite


def test_a_tracked_process() -> None:
    """Its end is noticed at once, but for the delay."""
    norm = takeover_norm("process-death", standby=router(), active=router("track_process { lb }"))
    assert norm.seconds == pytest.approx(0.2 + 0.1 * 156 / 256 + 0.1)


def test_what_nobody_tracks_is_never_noticed() -> None:
    """HAProxy may die without a takeover."""
    norm = takeover_norm("process-death", standby=router(), active=router())
    assert norm.formula == "keepalived tracks nothing that notices the end of haproxy"
    assert not norm.is_finite


def test_a_script_that_only_lowers_the_priority() -> None:
    """It works where it lowers it enough and the standby preempts."""
    standby = router(priority=100)
    assert takeover_norm("process-death", standby=standby, active=weighted(-60, priority=150)).is_finite
    little = takeover_norm("process-death", standby=standby, active=weighted(-10, priority=150))
    assert little.formula == "alive lowers the priority to 140 only, not below 100"
    staying = router("nopreempt", priority=100)
    assert not takeover_norm("process-death", standby=staying, active=weighted(-60, priority=150)).is_finite


def test_the_return_of_a_node() -> None:
    """Without preemption, or with a lower priority, nothing happens; else the address moves once more."""
    holder = router(priority=100)
    assert return_norm(router("nopreempt", priority=150), holder).seconds == 0.0
    assert return_norm(router(priority=90), holder).seconds == 0.0
    taking = return_norm(router("preempt_delay 5", priority=150), holder)
    assert (
        taking.formula
        == "priority 150 is above 100: takes the virtual IP back after preempt_delay 5 s; activation 0.1 s"
    )
    assert taking.seconds == pytest.approx(0.1)


def test_two_owners_that_hear_each_other_again() -> None:
    """The slower advert decides."""
    assert election_norm(router(), router(advert="0.3")).seconds == pytest.approx(0.6)


def test_an_infinite_norm_survives_storage() -> None:
    """JSON knows no infinity; the norm writes it as text."""
    norm = takeover_norm("process-death", standby=router(), active=router())
    assert type(norm).model_validate_json(norm.model_dump_json()) == norm
    assert type(norm).model_validate(norm.model_dump(mode="json")) == norm
