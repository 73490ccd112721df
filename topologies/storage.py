"""The storage of a topology: who provides it, who uses it, and by which account."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from topologies.model import Topology

ALIAS: Final = "acd-store"
PORT: Final = 445
SHARE: Final = "recordings"
ACCOUNTS: Final[Mapping[str, str]] = {"web": "jtel_web", "telephony": "jtel_telephony"}
"""Role -> the account by which it uses the share."""
TEST_ACCOUNT: Final = "jtel_test"
"""An account that nobody uses but tests, and the storage's own readiness."""
ALL_ACCOUNTS: Final = (*ACCOUNTS.values(), TEST_ACCOUNT)


def has_storage(topology: "Topology") -> bool:
    """Tell whether there is a storage."""
    return ALIAS in topology.alias_names()


def providers(topology: "Topology") -> tuple[str, ...]:
    """Return the nodes that may serve the share; none where there is no storage."""
    if vip := topology.virtual_ip_of(ALIAS):
        return vip.candidates
    return (topology.aliases[ALIAS],) if ALIAS in topology.aliases else ()


def users(topology: "Topology") -> dict[str, str]:
    """Return every node that uses the storage, with its account."""
    return {name: ACCOUNTS[node.role] for name, node in topology.nodes.items() if node.role in ACCOUNTS}


def secret_of(account: str) -> str:
    """Return the name of the secret that is the password of *account*."""
    return f"storage_{account.removeprefix('jtel_')}"
