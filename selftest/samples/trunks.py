"""Topologies of telephony that are to come, made of `simple`: several trunks, and proxies before them."""

from typing import Any, Final

from topologies import loading
from topologies.document import Document
from topologies.model import Topology
from topologies.trunk import Transport

_WAIT_FOR_THE_PROXIES: Final = {"after": ["sp1", "sp2"]}
MANY_TO_MANY: Final[dict[str, Any]] = {
    "variants": {"sip": "many-to-many"},
    "nodes": {
        "pbx2": {"role": "pbx", "voice": "198.18.3.62"},
        "tel2": {"role": "telephony", "inside": "198.18.2.82", "voice": "198.18.3.82"},
    },
}
PROXY: Final[dict[str, Any]] = {
    "variants": {"sip": "proxy"},
    "virtual-ips": {
        "trunk": {
            "address": "198.18.3.100",
            "network": "voice",
            "candidates": ["sp1", "sp2"],
            "carries": ["acd-sip"],
        }
    },
    "nodes": {
        "sp1": {"role": "sip-proxy", "voice": "198.18.3.71", "after": ["pbx1"]},
        "sp2": {"role": "sip-proxy", "voice": "198.18.3.72", "after": ["pbx1"]},
        "tel1": _WAIT_FOR_THE_PROXIES,
        "tel2": {
            "role": "telephony",
            "inside": "198.18.2.82",
            "voice": "198.18.3.82",
            **_WAIT_FOR_THE_PROXIES,
        },
    },
    "documented": {"advert_ms": 100, "takeover_s": 0.5, "preempt": False},
}


def trunks(name: str) -> Topology:
    """Return the topology `nn-sip` (two PBXs, each with both telephony servers) or `sip-proxy`."""
    simple = loading.find("simple")
    patch = {"nn-sip": MANY_TO_MANY, "sip-proxy": PROXY}[name]
    whole = simple.patched(Document(simple.path, patch, {}))
    return loading.validated(Document(simple.path.with_name(f"{name}.yaml"), whole.data, whole.lines))


def over(transport: Transport) -> Topology:
    """Return `sip-proxy` with this transport between PBX and proxies."""
    found = loading.find("sip-proxy")
    return loading.validated(found.patched(Document(found.path, {"trunk": {"transport": transport}}, {})))
