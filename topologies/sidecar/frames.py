"""Dropping frames in a node's network namespace: carrier kept, in tables of our own.

What goes out is not dropped but handed to the loopback interface and lost there: the kernel reports a drop on
the egress hook to the sender (a raw socket gets ENOBUFS, TCP takes it for local congestion and does not back
off), whereas a sender on a broken path notices nothing at all.
"""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

from .namespaces import in_network_of, run_in_network_of
from .refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TABLE = "jtel_conformance"
LOST = "0x6a74656c"
"""Mark of a frame that was taken off its way and put on the loopback interface."""
TO_PORT = "0x6a746570"
"""Mark of a packet to a dropped port, set before address translation can change that port."""
OF_MACHINES = "vm-"
"""How the interfaces between a machine and those of its container begin: every frame passes the latter."""
EARLY = -500
BEFORE_NAT = -400

_NEEDS = "Linux 5.16 or newer with nf_tables (netdev ingress and egress) and nft_fwd_netdev is needed"


def frame_rules(interfaces: Sequence[str], direction: str, peers: Sequence[str]) -> str:
    """Return the nftables rules that lose all frames, or those from and to *peers* (IPv4 addresses)."""
    chains = [_lost_on_loopback()]
    for number, interface in enumerate(interfaces):
        if direction in {"in", "both"}:
            rules = [f"{match}counter drop" for match in _matches("saddr", peers)]
            chains.append(_chain(f"in_{number}", "ingress", interface, rules))
        if direction in {"out", "both"}:
            rules = [f"{match}{_LOSE}" for match in _matches("daddr", peers)]
            chains.append(_chain(f"out_{number}", "egress", interface, rules))
    return _table("netdev", chains)


def port_rules(interfaces: Sequence[str], port: int) -> str:
    """Return the nftables rules that lose what the node sends to *port*, UDP and TCP.

    The port is looked at before address translation, because a container's own resolver (127.0.0.11) answers
    on another port to which the engine translates 53.
    """
    to_port = f"meta l4proto {{ tcp, udp }} th dport {port} "
    begin = f"  chain port_out {{ type filter hook output priority {BEFORE_NAT};\n"
    marking = f"{begin}    {to_port}meta mark set {TO_PORT}\n  }}\n"
    leaving = [f"meta mark {TO_PORT} {_LOSE}", f"{to_port}{_LOSE}"]
    chains = [_chain(f"out_{number}", "egress", name, leaving) for number, name in enumerate(interfaces)]
    return _table("inet", [marking]) + _table("netdev", [_lost_on_loopback(), *chains])


def udp_rules(interfaces: Sequence[str], direction: str, percent: int) -> str:
    """Return the nftables rules that lose *percent* of all UDP datagrams, drawn by lot, and nothing else."""
    share = "" if percent == _ALL else f"numgen random mod 100 < {percent} "
    match = f"meta l4proto udp {share}"
    chains = [_lost_on_loopback()]
    for number, interface in enumerate(interfaces):
        if direction in {"in", "both"}:
            chains.append(_chain(f"in_{number}", "ingress", interface, [f"{match}counter drop"]))
        if direction in {"out", "both"}:
            chains.append(_chain(f"out_{number}", "egress", interface, [f"{match}{_LOSE}"]))
    return _table("netdev", chains)


_ALL = 100
_LOSE = f'meta mark set {LOST} counter fwd to "lo"'


def _matches(side: str, peers: Sequence[str]) -> list[str]:
    if not peers:
        return [""]
    several = f"{{ {', '.join(peers)} }}"
    return [f"ip {side} {several} ", f"arp {side} ip {several} "]


def _lost_on_loopback() -> str:
    return _chain("lost", "ingress", "lo", [f"meta mark {LOST} drop", f"meta mark {TO_PORT} counter drop"])


def _chain(name: str, hook: str, interface: str, rules: Sequence[str]) -> str:
    body = "".join(f"    {rule}\n" for rule in rules)
    return f'  chain {name} {{ type filter hook {hook} device "{interface}" priority {EARLY};\n{body}  }}\n'


def _table(family: str, chains: Sequence[str]) -> str:
    return f"table {family} {TABLE} {{\n{''.join(chains)}}}\n"


def drop_frames(pid: int, direction: str, peers: Sequence[str]) -> None:
    """Lose the frames of every interface but loopback; adds to what is lost already."""
    _load(pid, frame_rules(interfaces_of(pid), direction, peers))


def drop_port(pid: int, port: int) -> None:
    """Lose what the node sends to *port*."""
    _load(pid, port_rules(interfaces_of(pid), port))


def drop_udp(pid: int, direction: str, percent: int) -> None:
    """Lose *percent* of the UDP datagrams on every interface but loopback; adds to what is lost already."""
    _load(pid, udp_rules(interfaces_of(pid), direction, percent))


def restore_frames(pid: int) -> None:
    """Remove the tables of ours; without any this changes nothing."""
    _load(pid, "".join(f"add table {f} {TABLE}\ndelete table {f} {TABLE}\n" for f in ("netdev", "inet")))


def frames_dropped(pid: int) -> int:
    """Return the packets counted by the rules of ours."""
    listed = run_in_network_of(pid, ["nft", "-j", "list", "ruleset"])
    if listed.returncode != 0:
        raise Refused(f"nft cannot list the rules: {listed.stderr.strip()}")
    return sum(counted(json.loads(listed.stdout)))


def counted(ruleset: dict[str, list[dict[str, dict[str, object]]]]) -> Iterator[int]:
    """Yield the packets of every counter in the tables of ours, from nft's JSON."""
    for item in ruleset["nftables"]:
        rule = item.get("rule")
        if rule is None or rule["table"] != TABLE:
            continue
        expressions = rule["expr"]
        if isinstance(expressions, list):
            yield from (int(part["counter"]["packets"]) for part in expressions if "counter" in part)


def interfaces_of(pid: int) -> list[str]:
    """Return the interfaces by which a node is on its networks."""
    return [name for name in _names(pid) if name != "lo" and not name.startswith(OF_MACHINES)]


def is_machine(pid: int) -> bool:
    """Tell whether a node has a kernel of its own behind its interfaces."""
    return any(name.startswith(OF_MACHINES) for name in _names(pid))


def _names(pid: int) -> list[str]:
    return [name for _, name in in_network_of(pid, socket.if_nameindex)]


def _load(pid: int, rules: str) -> None:
    loaded = run_in_network_of(pid, ["nft", "-f", "-"], stdin=rules)
    if loaded.returncode != 0:
        complaint = loaded.stderr.strip().splitlines() or ["without a word"]
        raise Refused(f"nft refused the rules ({complaint[0]}): {_NEEDS}")
