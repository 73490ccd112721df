"""Counting the datagrams that a node receives and sends: the kernel's packet filter does, in a table of ours.

Signalling is told apart by its port. What goes out is counted before it can be lost by `frames`, what comes
in after. Of a datagram in fragments the whole is counted when it is sent, the first fragment when it arrives.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from .frames import EARLY, interfaces_of, is_machine
from .namespaces import run_in_network_of
from .refusals import NodeGone, Refused
from .sampling import SAMPLE_PORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .processes import Init

TABLE = "jtel_conformance_count"
SIP_PORT, DNS_PORT = 5060, 53
_FAMILIES = ("inet", "netdev")
COUNTERS = {"sip": "sip_packets", "other": "packets"}
"""Counters of the table, and what they are called outside."""


def count_rules() -> str:
    """Return the nftables rules that count UDP from and to other nodes, both ways, anew from zero."""
    return _table(
        "inet",
        (
            f"  chain {name} {{ type filter hook {hook} priority {priority};\n"
            f'    meta {interface} != "lo" meta l4proto udp goto count\n  }}\n'
            for name, hook, interface, priority in (
                ("received", "prerouting", "iifname", -500),
                ("sent", "postrouting", "oifname", 500),
            )
        ),
    )


def count_rules_beside(interfaces: Sequence[str]) -> str:
    """Return the same for a machine: its datagrams only pass the interfaces of its container, as frames."""
    return _table(
        "netdev",
        (
            f'  chain {name}_{number} {{ type filter hook {hook} device "{interface}" priority {priority};\n'
            "    meta l4proto udp goto count\n  }\n"
            for number, interface in enumerate(interfaces)
            for name, hook, priority in (
                ("received", "ingress", EARLY + 100),
                ("sent", "egress", EARLY - 100),
            )
        ),
    )


def _table(family: str, sides: Iterable[str]) -> str:
    count = (
        "  chain count {\n"
        f"{_of_port(SIP_PORT, 'counter name sip return')}"
        f"{_of_port(DNS_PORT, 'return')}"
        f"{_of_port(SAMPLE_PORT, 'return')}"
        "    udp length >= 8 counter name other\n"  # a further fragment has no header
        "  }\n"
    )
    counters = "".join(f"  counter {name} {{ }}\n" for name in COUNTERS)
    return f"{removal()}table {family} {TABLE} {{\n{counters}{count}{''.join(sides)}}}\n"


def removal() -> str:
    """Return what removes the table, whether it is there or not."""
    return "".join(f"add table {family} {TABLE}\ndelete table {family} {TABLE}\n" for family in _FAMILIES)


def rules_for(pid: int) -> str:
    """Return the rules that count the datagrams of the node whose first process is *pid*."""
    return count_rules_beside(interfaces_of(pid)) if is_machine(pid) else count_rules()


def _of_port(port: int, verdict: str) -> str:
    return f"    udp sport {port} {verdict}\n    udp dport {port} {verdict}\n"


def counts(listed: dict[str, list[dict[str, dict[str, object]]]]) -> dict[str, int] | None:
    """Return what the table of ours has counted, from nft's JSON; None where it is not there."""
    found: dict[str, int] = {}
    for item in listed["nftables"]:
        counter = item.get("counter")
        if counter and counter["table"] == TABLE:
            found[COUNTERS[str(counter["name"])]] = int(str(counter["packets"]))
    return found or None


class Counting:
    """The datagrams of one node, from now on, as long as it has power.

    A node that lost it has no table any more, not even when it is started again: what was read last remains.
    """

    def __init__(self, init: Init, rules: str = "") -> None:
        """Begin with *rules*, those of a container unless told otherwise; *init* is closed in the end."""
        self.node = init.node
        self._init = init
        self._known = dict.fromkeys(COUNTERS.values(), 0)
        self._nft("-f", "-", stdin=rules or count_rules())

    def read(self) -> dict[str, int]:
        """Return what was counted until now, or until the last look before the node lost its power."""
        with contextlib.suppress(NodeGone):
            self._known = counts(json.loads(self._nft("-j", "list", "counters"))) or self._known
        return self._known

    def stop(self) -> None:
        """Remove the table."""
        with contextlib.suppress(NodeGone):
            self._nft("-f", "-", stdin=removal())
        self._init.close()

    def _nft(self, *argv: str, stdin: str = "") -> str:
        self._init.must_be_alive()
        done = run_in_network_of(self._init.pid, ["nft", *argv], stdin=stdin)
        if done.returncode != 0:
            complaint = done.stderr.strip().splitlines() or ["without a word"]
            raise Refused(f"nft cannot count datagrams of {self.node}: {complaint[0]}")
        return done.stdout
