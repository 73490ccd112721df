"""When a database server is usable. Everything here is pure: samples in, a complaint or none out."""

import dataclasses
from collections.abc import Iterator, Mapping

from .settings import Settings


@dataclasses.dataclass(frozen=True)
class Connection:
    """One line of SHOW ALL SLAVES STATUS."""

    source: str
    receives: bool
    """The receiving thread is connected to the source."""
    applies: bool
    """The applying thread runs."""
    behind_s: int | None
    """How old the event is that is being applied; None where nothing is received."""
    error: str = ""


@dataclasses.dataclass(frozen=True)
class Sample:
    """What a server says about itself at one moment."""

    now_s: float
    """Its own clock, seconds since 1970."""
    read_only: bool
    connections: tuple[Connection, ...]
    heartbeats: Mapping[str, float]
    """When the newest heartbeat of each master was written that has arrived here, in seconds since 1970."""


class Standing:
    """Whether a server has caught up since it came back; times are those of `Sample.now_s`.

    Whoever was not asked for a while was frozen, or cut off from those who ask: nobody knows what was missed
    meanwhile. A server has caught up once it has applied a heartbeat that was written after its return: all
    that the same master wrote before has then been applied too. A slave needs one of its masters for that, as
    each passes on what the other wrote; a master needs every one, since nobody else has what the other wrote.
    """

    def __init__(self, settings: Settings, since_s: float) -> None:
        self._settings = settings
        self._returned_s = since_s
        self._asked_s = since_s
        self._caught_up = not settings.sources

    def asked(self, now_s: float) -> None:
        """Take note that somebody asks."""
        if now_s - self._asked_s > self._settings.cut_off_s and self._settings.sources:
            self._returned_s, self._caught_up = now_s, False
        self._asked_s = now_s

    def has_caught_up(self, sample: Sample) -> bool:
        """Tell whether it has caught up, by *sample* or by an earlier one."""
        if not self._caught_up:
            fresh = [
                link.receives and sample.heartbeats.get(link.source, 0.0) > self._returned_s
                for link in sample.connections
            ]
            enough = all if self._settings.writer else any
            self._caught_up = len(fresh) >= len(self._settings.sources) and enough(fresh)
        return self._caught_up


def complaint(settings: Settings, sample: Sample, *, caught_up: bool, own_beat_s: float) -> str | None:
    """Return why the server is not usable, as half a sentence; None where it is.

    own_beat_s: since when it could not write its heartbeat, where it is a master.
    """
    return next(_complaints(settings, sample, caught_up=caught_up, own_beat_s=own_beat_s), None)


def _complaints(settings: Settings, sample: Sample, *, caught_up: bool, own_beat_s: float) -> Iterator[str]:
    if sample.read_only is settings.writer:
        yield f"it is {'' if sample.read_only else 'not '}read-only, which is wrong here"
    if len(sample.connections) < len(settings.sources):
        yield "it does not replicate from every source"
    for link in sample.connections:
        if not link.applies:
            yield f"it does not apply what comes from {link.source}{f': {link.error}' if link.error else ''}"
        if (link.behind_s or 0) > settings.max_lag_s:
            yield f"it is {link.behind_s} s behind {link.source}"
    if not caught_up:
        yield "it has not caught up since it came back"
    if settings.writer and own_beat_s > settings.max_beat_s:
        yield f"it could write nothing for {own_beat_s:.1f} s"
    heard_s = max((sample.heartbeats.get(source, 0.0) for source in settings.sources), default=sample.now_s)
    if not settings.writer and sample.now_s - heard_s > settings.max_lag_s:
        yield f"it heard from no master for {sample.now_s - heard_s:.1f} s"
