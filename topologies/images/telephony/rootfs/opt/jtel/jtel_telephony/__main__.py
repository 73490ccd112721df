"""`python3 -m jtel_telephony`: serve until SIGTERM, and take leave then; SIGHUP has settings read again."""

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

from topologies.voice.agent import Agent
from topologies.voice.loop import LOOP
from topologies.voice.streams import Streams

from .hotline import Hotline
from .recordings import Recordings
from .records import Records
from .settings import PATH, RTP_PORTS, read_again, read_settings
from .trunks import STATE, Registrations

NAME = "jtel-telephony"
LEAVE_S = 0.5
"""How long the others may take to hear that we leave."""
COLLECT_EVERY_S = 1.0
"""So often calls wait for some 15 ms, with 20 calls a second."""
PREFERRED = -10
"""Niceness: speech keeps its pace on a loaded machine. Signalling shares its interpreter, and comes along."""


def serve(path: Path = PATH, state: Path = STATE) -> None:
    """Serve until SIGTERM as *path* says; *state* is the folder that tells how registrations stand."""
    settings = read_settings(path)

    def leave() -> None:
        hotline.hang_up()
        registrations.end()
        LOOP.later(LEAVE_S, LOOP.stop)

    def obey() -> None:
        hotline.settings = read_again(hotline.settings, path)

    _on(signal.SIGTERM, leave)
    _on(signal.SIGHUP, obey)
    streams = Streams(settings.address, RTP_PORTS)
    streams.start()
    records = Records(settings.database, settings.server)
    records.start()
    agent = Agent(settings.address, name=NAME, accept_from=settings.accept_from)
    recordings = Recordings(settings.storage) if settings.storage else None
    if recordings:
        recordings.start()
    hotline = Hotline(agent, settings, streams, records, recordings)
    agent.on_call = hotline.take
    registrations = Registrations(agent, settings, state)
    LOOP.collect_garbage(every_s=COLLECT_EVERY_S)
    LOOP.run()


def _on(number: signal.Signals, act: Callable[[], None]) -> None:
    """Let a signal have something done in the loop, once it runs."""
    signal.signal(number, lambda *_: LOOP.from_thread(act))


if __name__ == "__main__":
    Path("/proc/self/comm").write_text(NAME)  # the name by which it is found, and killed
    with contextlib.suppress(PermissionError):  # a container may not: then it is as late as everybody else
        os.setpriority(os.PRIO_PROCESS, 0, PREFERRED)
    serve()
