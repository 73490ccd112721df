"""What a timeline shows, read from the lines of a history; times in seconds since the first fault."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports.timeline_calls import Up, calls_of

Line = Mapping[str, Any]
NS = 1e9


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """One operation: when it was meant to start, how long it took, how it ended; of a call, its set-up."""

    at_s: float
    latency_ms: float | None
    """None: it never ended."""
    outcome: str
    server: str

    @property
    def is_ok(self) -> bool:
        """Whether the client was served."""
        return self.outcome == "ok"

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows what became of it."""
        return self.outcome == "unknown"


@dataclasses.dataclass(frozen=True)
class Track:
    """The operations of one probe."""

    probe: str
    target: str
    interval_ms: float | None
    deadline_ms: float | None
    marks: tuple[Mark, ...]


@dataclasses.dataclass(frozen=True)
class Band:
    """A fault: from the start of its injection until it was healed (or the record ended)."""

    name: str
    node: str
    began_s: float
    ended_s: float
    healed: bool

    def __str__(self) -> str:
        return f"{self.name} of {self.node}" if self.node else self.name


@dataclasses.dataclass(frozen=True)
class Held:
    """A node that held a virtual address for a while."""

    node: str
    address: str
    from_s: float
    to_s: float


@dataclasses.dataclass(frozen=True)
class Record:
    """Everything that a timeline shows."""

    tracks: tuple[Track, ...]
    faults: tuple[Band, ...]
    held: tuple[Held, ...]
    announcements_s: tuple[float, ...]
    """Gratuitous ARP on the client's wire."""
    neighbour_changes_s: tuple[float, ...]
    """The client's neighbour entry got another hardware address."""
    stalls: tuple[tuple[float, float], ...]
    """From and to, while the measuring host was not running."""
    first_s: float
    last_s: float
    calls: tuple[Up, ...] = ()

    @property
    def busy_s(self) -> tuple[float, float]:
        """From when until when there were operations and faults; what is looked up afterwards takes long."""
        times_s = [mark.at_s for track in self.tracks for mark in track.marks]
        times_s += [at_s for fault in self.faults for at_s in (fault.began_s, fault.ended_s)]
        if not times_s:
            return self.first_s, self.last_s
        margin_s = 0.01 * (max(times_s) - min(times_s))
        return max(self.first_s, min(times_s) - margin_s), min(self.last_s, max(times_s) + margin_s)


def read(history: Iterable[Line]) -> Record:
    """Return what *history* holds; time 0 is the start of the first fault, or of the record without one."""
    lines = sorted(history, key=lambda line: int(line["at_ns"]))
    if not lines:
        return Record((), (), (), (), (), (), 0.0, 1.0)
    begins = [int(line.get("began_ns", line["at_ns"])) for line in lines if line["t"] == "fault"]
    origin_ns = min(begins, default=int(lines[0]["at_ns"]))

    def seconds(at_ns: float) -> float:
        return (at_ns - origin_ns) / NS

    last_s = seconds(int(lines[-1]["at_ns"]))
    return Record(
        tracks=_tracks(lines, origin_ns),
        faults=_faults(lines, origin_ns, last_s),
        held=_held(lines, origin_ns, last_s),
        announcements_s=tuple(
            seconds(line["at_ns"]) for line in lines if line["t"] == "arp" and line.get("gratuitous")
        ),
        neighbour_changes_s=tuple(seconds(at_ns) for at_ns in _neighbour_changes(lines)),
        stalls=tuple(_stalls(lines, origin_ns)),
        first_s=seconds(int(lines[0]["at_ns"])),
        last_s=last_s,
        calls=calls_of(lines, origin_ns),
    )


def _tracks(lines: Sequence[Line], origin_ns: int) -> tuple[Track, ...]:
    about = {str(line["probe"]): line for line in lines if line["t"] == "probe"}
    ends = {(line["probe"], line["op"]): line for line in lines if line["t"] in {"ok", "failed", "unknown"}}
    marks: dict[str, list[Mark]] = {name: [] for name in about}
    for line in lines:
        if line["t"] != "invoke":
            continue
        end = ends.get((line["probe"], line["op"]))
        answered_ns = (end or {}).get("answered_ns")
        ended_ns = (end or {}).get("at_ns") if answered_ns is None else answered_ns
        mark = Mark(
            at_s=(line.get("intended_ns", line["at_ns"]) - origin_ns) / NS,
            latency_ms=None if ended_ns is None else (ended_ns - line["at_ns"]) / 1e6,
            outcome="unknown" if end is None else end["t"] if answered_ns is None else "ok",
            server=str((end or {}).get("server") or ""),
        )
        marks.setdefault(str(line["probe"]), []).append(mark)
    return tuple(
        Track(
            probe=probe,
            target=str(about.get(probe, {}).get("target", "")),
            interval_ms=about.get(probe, {}).get("interval_ms"),
            deadline_ms=about.get(probe, {}).get("deadline_ms"),
            marks=tuple(sorted(of_probe, key=lambda mark: mark.at_s)),
        )
        for probe, of_probe in marks.items()
        if of_probe
    )


def _faults(lines: Sequence[Line], origin_ns: int, last_s: float) -> tuple[Band, ...]:
    healed: dict[tuple[str, str], list[int]] = {}
    for line in lines:
        if line["t"] == "healed":
            key = _named(line)
            healed.setdefault(key, []).append(int(line.get("began_ns", line["at_ns"])))
    bands = []
    for line in lines:
        if line["t"] != "fault":
            continue
        key = _named(line)
        began_ns = int(line.get("began_ns", line["at_ns"]))
        end_ns = next((at_ns for at_ns in healed.get(key, []) if at_ns >= began_ns), None)
        ended_s = last_s if end_ns is None else (end_ns - origin_ns) / NS
        bands.append(Band(*key, (began_ns - origin_ns) / NS, ended_s, healed=end_ns is not None))
    return tuple(bands)


def _named(line: Line) -> tuple[str, str]:
    """Return name and node of a fault; several nodes are named one after the other."""
    node = line.get("node") or ""
    return str(line.get("name", "")), node if isinstance(node, str) else ", ".join(map(str, node))


def _held(lines: Sequence[Line], origin_ns: int, last_s: float) -> tuple[Held, ...]:
    since: dict[tuple[str, str], float] = {}
    spans = []
    for line in lines:
        if line["t"] != "address":
            continue
        key = (str(line["node"]), str(line["address"]).partition("/")[0])
        at_s = (int(line["at_ns"]) - origin_ns) / NS
        if line["state"] == "removed":
            if key in since:
                spans.append(Held(*key, since.pop(key), at_s))
        else:
            since.setdefault(key, at_s)
    spans += [Held(*key, at_s, last_s) for key, at_s in since.items()]
    return tuple(sorted(spans, key=lambda held: held.from_s))


def _neighbour_changes(lines: Sequence[Line]) -> Iterable[int]:
    known: dict[str, str] = {}
    for line in lines:
        if line["t"] == "neighbour" and line.get("mac"):
            before = known.get(str(line["address"]))
            if before not in (None, line["mac"]):
                yield int(line["at_ns"])
            known[str(line["address"])] = str(line["mac"])


def _stalls(lines: Sequence[Line], origin_ns: int) -> Iterable[tuple[float, float]]:
    """Yield the times without the measuring host; what several witnesses saw of one is told once."""
    spans = []
    for line in lines:
        late_ms = {"stall": "late_ms", "steal": "stolen_ms"}.get(str(line["t"]))
        if late_ms:
            to_s = (int(line["at_ns"]) - origin_ns) / NS
            spans.append((to_s - float(line[late_ms]) / 1e3, to_s))
    joined: list[tuple[float, float]] = []
    for from_s, to_s in sorted(spans):
        if joined and from_s <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(to_s, joined[-1][1]))
        else:
            joined.append((from_s, to_s))
    return joined
