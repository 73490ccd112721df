"""The times that follow a fault, or its healing, and have no other cause."""

from typing import Literal

from conformance.checkers.facts import observed
from conformance.checkers.spans import Span
from conformance.history import History
from conformance.injections import Injection

Since = Literal["fault", "healed"]


def aftermath(history: History, injection: Injection, since: Since) -> Span | None:
    """Return the time from when the fault, or its healing, began until the next such event.

    None: it was never healed.
    """
    if since == "fault":
        return Span(injection.began_ns, injection.until_ns)
    if (began_ns := injection.healed_began_ns) is None:
        return None
    later = [one.began_ns for one in Injection.all_of(history) if one.began_ns > began_ns]
    return Span(began_ns, min([*later, history.lines[-1]["at_ns"]]))


def ready_ns(history: History, server: str, from_ns: int, until_ns: int) -> int | None:
    """Return when a test last found *server* ready in [from, until); None: nobody looked."""
    looks = [
        line["at_ns"]
        for line in observed(history, "ready")
        if line["node"] == server and from_ns <= line["at_ns"] < until_ns
    ]
    return looks[-1] if looks else None


def event(injection: Injection, since: Since) -> str:
    """Return the fault, or its healing, for people: `power loss of db1 began`."""
    return f"{injection} {'began' if since == 'fault' else 'was healed'}"
