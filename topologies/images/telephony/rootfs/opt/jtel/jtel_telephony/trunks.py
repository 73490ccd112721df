"""Trunks: where they lead, which one a call came on, and the registration at each."""

import os
import socket
from collections.abc import Sequence
from pathlib import Path

from topologies.voice.agent import SIP_PORT, Agent
from topologies.voice.call import Address, Call, Credentials
from topologies.voice.registration import Outcome, Registration

from .settings import Settings

STATE = Path("/run/jtel-telephony")


def address_of(trunk: str) -> Address | None:
    """Return where a trunk leads, by the table of hosts; None where it does not know the name."""
    try:
        return socket.gethostbyname(trunk), SIP_PORT
    except OSError:
        return None


def trunk_of(source: str, trunks: Sequence[str]) -> str | None:
    """Return the trunk on which a call from *source* came.

    A proxy may hand calls over from an address of its own; where there is one trunk only, it is that.
    """
    for trunk in trunks:
        address = address_of(trunk)
        if address and address[0] == source:
            return trunk
    return trunks[0] if len(trunks) == 1 else None


def way_back(call: Call, settings: Settings) -> Address:
    """Return where a call back has to go: to the trunk on which *call* came."""
    trunk = settings.call_back_via or trunk_of(call.source[0], settings.trunks)
    return (trunk and address_of(trunk)) or (call.source[0], SIP_PORT)


class Registrations:
    """Registrations at all the trunks where there has to be one."""

    def __init__(self, agent: Agent, settings: Settings, folder: Path) -> None:
        """Register; the outcome at each is kept in *folder*, where it tells whether we are ready."""
        self._folder = folder
        folder.mkdir(exist_ok=True)
        self._kept = [self._registration(agent, settings, trunk) for trunk in settings.register]

    def _registration(self, agent: Agent, settings: Settings, trunk: str) -> Registration:
        def tell(outcome: Outcome) -> None:
            word = "registered" if outcome.is_registered else f"refused {outcome.status}"
            self._note(trunk, "silent" if outcome.status is None else word)

        return Registration(
            agent,
            tell,
            locate=lambda: address_of(trunk),
            number=settings.user,
            credentials=Credentials(settings.user, settings.password),
            expires_s=settings.expires_s,
            refresh=settings.refresh,
        )

    def end(self) -> None:
        """Take leave of every registrar."""
        for registration in self._kept:
            registration.end()

    def _note(self, trunk: str, word: str) -> None:
        """Write it down, with our pid: what an earlier process left there counts for nothing."""
        fresh = self._folder / f".{trunk}"
        fresh.write_text(f"{os.getpid()} {word}\n")
        fresh.rename(self._folder / trunk)
