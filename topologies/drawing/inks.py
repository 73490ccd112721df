"""The colours of a drawing, and which live roles are the ones in charge."""

from typing import Final

INK: Final = "#0f172a"
FAINT: Final = "#64748b"
WIRE: Final = "#94a3b8"
LIVE: Final = "#15803d"
IDLE: Final = "#64748b"
HIT: Final = "#dc2626"
VIRTUAL: Final = "#7e22ce"
REPLICATES: Final = "#b45309"
NETWORKS: Final = (
    ("#dbeafe", "#1e3a8a"),
    ("#e2e8f0", "#334155"),
    ("#ccfbf1", "#115e59"),
    ("#fef3c7", "#78350f"),
)
"""Fill and ink of each network's bar, in order, again from the first when there are more."""

IN_CHARGE: Final = frozenset({"active", "master", "primary", "owner"})
