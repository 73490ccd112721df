"""What faults of telephony servers share: settings that servers obey at once, and a call as a canary."""

import signal
from typing import Final

from chaos.fault import Stage
from topologies.errors import FaultDidNotTakeHold
from topologies.model import Role
from topologies.waiting import wait_until

SERVICE: Final = "jtel-telephony"
SETTINGS: Final = "/etc/jtel/telephony.toml"
CALL: Final = ("python3", "-m", "jtel_telephony.calling")
"""Places a call from the node to itself, and prints the last status that it heard."""
PATIENCE_S: Final = 10.0
"""For the server to take calls again; no norm depends on it."""


def misbehave(system: Stage, node: str, setting: str, value: str) -> None:
    """Let the telephony server of *node* obey a setting, calls in progress untouched.

    Raises:
        FaultDidNotTakeHold: the node is no telephony server, or its server does not run.
    """
    if system.topology.nodes[node].role is not Role.TELEPHONY:
        raise FaultDidNotTakeHold(f"{node} is no telephony server, so it cannot mistreat calls")
    if not _obey(system, node, setting, value):
        raise FaultDidNotTakeHold(f"{node} runs no {SERVICE}, so it cannot mistreat calls")


def behave(system: Stage, node: str, setting: str, value: str, *, until_not: str) -> None:
    """Let it obey a setting again, and wait until a call to it hears something else than *until_not*."""
    if system.topology.nodes[node].role is not Role.TELEPHONY:
        return
    _obey(system, node, setting, value)
    wait_until(
        f"{node} treats calls as ever",
        lambda: status_of_call(system, node),
        lambda status: status != until_not,
        patience_s=PATIENCE_S,
        poll_s=0.02,
    )


def status_of_call(system: Stage, node: str) -> str:
    """Return the last status that a call without an offer hears from the server: `488` from one in order.

    `100` comes from one that never answers, and nothing from one that is not there.
    """
    return system.nodes[node].run(*CALL).stdout.strip()


def _obey(system: Stage, node: str, setting: str, value: str) -> bool:
    replace = rf"s/^{setting} = [^ ]*/{setting} = {value}/"
    system.nodes[node].must_run("sed", "--in-place", replace, SETTINGS)
    return bool(system.signal(node, SERVICE, signal.SIGHUP))
