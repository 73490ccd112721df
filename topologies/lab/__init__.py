"""A lab: a topology brought up in containers.

What it exports is loaded when it is asked for: the reaper is a module of this package, is started with every
lab and must not load what it will hardly ever need.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from topologies.lab.attaching import attach
    from topologies.lab.bringing_up import bring_up
    from topologies.lab.lab import Lab
    from topologies.lab.taking_down import LabInfo, labs, sweep, take_down

__all__ = ["Lab", "LabInfo", "attach", "bring_up", "labs", "sweep", "take_down"]

_HOME = {
    "Lab": "lab",
    "LabInfo": "taking_down",
    "attach": "attaching",
    "bring_up": "bringing_up",
    "labs": "taking_down",
    "sweep": "taking_down",
    "take_down": "taking_down",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- of whatever kind the name is
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
