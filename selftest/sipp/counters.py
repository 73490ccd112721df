"""What SIPp has counted by the time it ended, and what is wrong with that."""

import csv
import dataclasses
import io
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Counters:
    """The last line of SIPp's statistics file, cumulated over the run."""

    created: int
    under_way: int
    """Calls that were neither successful nor failed yet when it ended."""
    successful: int
    failed: int
    retransmissions: int
    """Requests of its own that SIPp has sent again."""
    reasons: Mapping[str, int]
    """Failed calls by SIPp's own word for the reason, such as `UnexpectedMessage`; those that occurred."""


@dataclasses.dataclass(frozen=True)
class Placed:
    """A run of SIPp that has ended."""

    status: int
    """Its exit status: 0 where every call was successful."""
    counters: Counters | None
    """None: it has ended without any statistics."""
    said: str
    """What it wrote about its errors, or at the end of its screen where it wrote none."""

    def complaints(self, calls: int) -> list[str]:
        """Return what speaks against *calls* calls, each placed and brought to its end."""
        if (found := self.counters) is None:
            return [f"SIPp ended with status {self.status} and without statistics: {self.said}"]
        wrong = []
        if found.created != calls:
            wrong.append(f"{found.created} calls placed instead of {calls}")
        if found.successful != calls:
            wrong.append(f"{found.successful} calls of {calls} successful")
        if found.failed or found.reasons:
            reasons = ", ".join(f"{count} {word}" for word, count in found.reasons.items()) or "no reason"
            wrong.append(f"{found.failed} calls failed ({reasons}): {self.said}")
        if found.under_way:
            wrong.append(f"{found.under_way} calls not over")
        if self.status:
            wrong.append(f"exit status {self.status}")
        return wrong


def parse(table: str) -> Counters | None:
    """Return what a statistics file of SIPp says in its last line; None where it has none.

    Raises:
        KeyError: a column is missing.
    """
    lines = list(csv.DictReader(io.StringIO(table), delimiter=";"))
    if not lines:
        return None
    last = lines[-1]
    failures = {
        name.removeprefix("Failed").removesuffix("(C)"): int(value)
        for name, value in last.items()
        if name and name.startswith("Failed") and name.endswith("(C)") and name != "FailedCall(C)"
    }
    return Counters(
        created=int(last["TotalCallCreated"]),
        under_way=int(last["CurrentCall"]),
        successful=int(last["SuccessfulCall(C)"]),
        failed=int(last["FailedCall(C)"]),
        retransmissions=int(last["Retransmissions(C)"]),
        reasons={word: count for word, count in failures.items() if count},
    )
