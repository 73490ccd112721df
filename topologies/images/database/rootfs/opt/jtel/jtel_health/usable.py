"""When a database server is usable. Everything here is pure: samples in, a complaint or none out."""

import dataclasses
from collections.abc import Iterator, Mapping

from .settings import Settings


@dataclasses.dataclass(frozen=True)
class Sample:
    """What a server says about itself at one moment."""

    now_s: float
    """Its own clock, seconds since 1970."""
    read_only: bool
    receiving: int
    """How many threads are connected to a source, or try to be; one that met a fatal error has ended."""
    applying: int
    """How many threads apply what comes from the sources: one for each, where all is well."""
    is_idle: bool
    """Whether all of them have applied whatever was received."""
    heartbeats: Mapping[str, float]
    """When the newest heartbeat of each master was written that has arrived here, in seconds since 1970."""

    def heard_s(self, source: str) -> float:
        """Return how old the newest heartbeat of *source* is."""
        return self.now_s - self.heartbeats.get(source, 0.0)


class Standing:
    """What only several samples tell: whether a server has caught up, and how long it is busy applying.

    Whoever was not asked for a while was frozen, or cut off from those who ask: nobody knows what was missed
    meanwhile. A server has caught up once it has applied a heartbeat that was written after its return: all
    that the same master wrote before has then been applied too. A slave needs one of its masters for that, as
    each passes on what the other wrote; a master needs every one, since nobody else has what the other wrote.
    """

    def __init__(self, settings: Settings, since_s: float) -> None:
        self._settings = settings
        self._returned_s = since_s
        self._asked_s = since_s
        self._idle_s = since_s
        self.has_caught_up = not settings.sources
        self.busy_s = 0.0
        """For how long the applying threads were never seen idle."""

    def asked(self, now_s: float) -> None:
        """Take note that somebody asks."""
        if now_s - self._asked_s > self._settings.cut_off_s and self._settings.sources:
            self._returned_s, self.has_caught_up = now_s, False
        self._asked_s = now_s

    def saw(self, sample: Sample) -> None:
        """Take note of a sample."""
        if sample.is_idle:
            self._idle_s = sample.now_s
        self.busy_s = sample.now_s - self._idle_s
        if not self.has_caught_up:
            sources = self._settings.sources
            fresh = (sample.heartbeats.get(source, 0.0) > self._returned_s for source in sources)
            self.has_caught_up = all(fresh) if self._settings.writer else any(fresh)


def complaint(settings: Settings, sample: Sample, standing: Standing, *, own_beat_s: float) -> str | None:
    """Return why the server is not usable, as half a sentence; None where it is.

    own_beat_s: since when it could not write its heartbeat, where it is a master.
    """
    return next(_complaints(settings, sample, standing, own_beat_s), None)


def _complaints(settings: Settings, sample: Sample, standing: Standing, own_beat_s: float) -> Iterator[str]:
    if sample.read_only is not settings.read_only:
        yield f"it is {'' if sample.read_only else 'not '}read-only, which is wrong here"
    if sample.applying < len(settings.sources):
        yield f"{sample.applying} of {len(settings.sources)} threads apply what comes from other servers"
    # A slave gets every row from each master; a master has nobody else to get them from.
    if sample.receiving < (len(settings.sources) if settings.writer else min(1, len(settings.sources))):
        yield f"{sample.receiving} of {len(settings.sources)} threads receive from other servers"
    if not standing.has_caught_up:
        yield "it has not caught up since it came back"
    heard_s = min((sample.heard_s(source) for source in settings.sources), default=0.0)
    if settings.writer:
        if own_beat_s > settings.max_beat_s:
            yield f"it could write nothing for {own_beat_s:.1f} s"
        # Silence alone is no reason: the other master may be dead, and this one has to stand in for it.
        if min(heard_s, standing.busy_s) > settings.max_lag_s:
            yield f"it has been applying for {standing.busy_s:.1f} s and is still behind"
    elif heard_s > settings.max_lag_s:
        yield f"it heard from no master for {heard_s:.1f} s"
