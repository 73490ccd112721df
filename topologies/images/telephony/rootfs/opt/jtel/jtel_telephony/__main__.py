"""`python3 -m jtel_telephony`: serve until SIGTERM, and take leave then."""

import signal
from pathlib import Path

from topologies.voice.agent import Agent
from topologies.voice.loop import LOOP
from topologies.voice.streams import Streams

from .hotline import Hotline
from .records import Records
from .settings import RTP_PORTS, Settings, read_settings
from .trunks import STATE, Registrations

NAME = "jtel-telephony"
LEAVE_S = 0.5
"""How long the others may take to hear that we leave."""


def serve(settings: Settings, state: Path = STATE) -> None:
    """Serve until SIGTERM; *state* is the folder that tells how registrations stand."""
    streams = Streams(settings.address, RTP_PORTS)
    streams.start()
    records = Records(settings.database, settings.server)
    records.start()
    agent = Agent(settings.address, name=NAME)
    hotline = Hotline(agent, settings, streams, records)
    agent.on_call = hotline.take
    registrations = Registrations(agent, settings, state)

    def leave() -> None:
        hotline.hang_up()
        registrations.end()
        LOOP.later(LEAVE_S, LOOP.stop)

    signal.signal(signal.SIGTERM, lambda *_: LOOP.from_thread(leave))
    LOOP.run()


if __name__ == "__main__":
    Path("/proc/self/comm").write_text(NAME)  # the name by which it is found, and killed
    serve(read_settings())
