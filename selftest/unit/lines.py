"""Lines of a history, written by hand: times in milliseconds."""

from typing import Any

from conformance.history import History

MS = 1_000_000


def at(ms: float, t: str, **fields: Any) -> dict[str, Any]:
    """Return a line of kind *t*."""
    return {"t": t, "at_ns": round(ms * MS), **fields}


def observed(ms: float, what: str, value: Any, *, node: str = "client") -> dict[str, Any]:
    """Return a fact that a test looked up."""
    return at(ms, "observed", what=what, node=node, value=value)


def fault(ms: float, name: str, node: str, *, lasts_ms: float = 10, took_hold: bool = True) -> dict[str, Any]:
    """Return a fault whose injection lasts *lasts_ms*."""
    began, ended = round(ms * MS), round((ms + lasts_ms) * MS)
    return at(ms, "fault", name=name, node=node, began_ns=began, ended_ns=ended, took_hold=took_hold)


def healed(ms: float, name: str, node: str, *, lasts_ms: float = 10) -> dict[str, Any]:
    """Return the undoing of a fault."""
    began, ended = round(ms * MS), round((ms + lasts_ms) * MS)
    return at(ms, "healed", name=name, node=node, began_ns=began, ended_ns=ended)


def end(ms: float) -> dict[str, Any]:
    """Return a line that only says how long was recorded."""
    return observed(ms, "end", None)


def history(*lines: dict[str, Any]) -> History:
    """Return a history of *lines*."""
    return History.of(lines)
