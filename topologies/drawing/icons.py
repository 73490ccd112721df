"""How a role looks: a colour, a caption, and an icon of strokes on a 24 x 24 grid."""

import dataclasses

from topologies.model import Role


@dataclasses.dataclass(frozen=True)
class Look:
    """How nodes of one role are drawn."""

    caption: str
    ink: str
    icon: str
    """SVG path data, drawn as strokes."""


LOOKS = {
    Role.CLIENT: Look(
        "users", "#475569", "M12 4a4 4 0 1 1 0 8a4 4 0 1 1 0-8M4.5 20.5c0-4.2 3.2-6 7.5-6s7.5 1.8 7.5 6z"
    ),
    Role.BALANCER: Look(
        "load balancer",
        "#4338ca",
        "M12 3v6M12 9c0 5-7 4-7 10M12 9c0 5 7 4 7 10M12 9v10M2.5 16.5L5 19.5L7.5 16.5"
        "M9.5 16.5L12 19.5L14.5 16.5M16.5 16.5L19 19.5L21.5 16.5",
    ),
    Role.WEB: Look(
        "web server",
        "#0f766e",
        "M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18M3 12h18M12 3c-6 5-6 13 0 18M12 3c6 5 6 13 0 18",
    ),
    Role.DATABASE: Look(
        "database", "#b45309", "M4.5 6c0-4 15-4 15 0s-15 4-15 0v12c0 4 15 4 15 0V6M4.5 12c0 4 15 4 15 0"
    ),
    Role.STORAGE: Look("storage", "#7c3aed", "M4 5h16v6H4zM4 13h16v6H4zM7 8h.1M7 16h.1M11 8h6M11 16h6"),
    Role.TELEPHONY: Look(
        "telephony",
        "#0369a1",
        "M6 3.5l3 0l1.5 4.5l-2 1.5c1 2.5 3 4.5 5.5 5.5l1.5-2l4.5 1.5v3c0 1.5-1 2.5-2.5 2.5"
        "C10 20 4 14 3.5 6C3.5 4.5 4.5 3.5 6 3.5z",
    ),
    Role.PBX: Look(
        "PBX", "#be185d", "M5 3h14v18H5zM8 6h8v3H8zM9 13h.1M12 13h.1M15 13h.1M9 17h.1M12 17h.1M15 17h.1"
    ),
    Role.SIP_PROXY: Look("SIP proxy", "#6d28d9", "M3 8h16M15 4l4 4l-4 4M21 16H5M9 12l-4 4l4 4"),
    Role.WAN: Look("WAN", "#64748b", "M7 18.5a4.5 4.5 0 0 1 0-9a6 6 0 0 1 11.5 1.5a3.8 3.8 0 0 1-.5 7.5z"),
}
