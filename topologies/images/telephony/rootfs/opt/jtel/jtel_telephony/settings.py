"""What the stand-in is told by /etc/jtel/telephony.toml."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

PATH = Path("/etc/jtel/telephony.toml")
RTP_PORTS = range(30000, 31000)


@dataclasses.dataclass(frozen=True)
class DatabaseSettings:
    """How the database is reached: by its alias, never by its address."""

    host: str
    port: int
    user: str
    password: str = dataclasses.field(repr=False)
    schema: str


@dataclasses.dataclass(frozen=True)
class Settings:
    """The whole file."""

    server: str
    """The name under which this server answers."""
    address: str
    hotline: str
    """The number that it answers."""
    ring_ms: int
    trunks: tuple[str, ...]
    """Aliases of the exchanges, or of the proxy, from which calls come."""
    register: tuple[str, ...]
    """Trunks at which it registers."""
    user: str
    password: str = dataclasses.field(repr=False)
    expires_s: int
    refresh: bool
    """Whether registrations are refreshed; without, they expire."""
    reject: int
    """SIP status with which every call is refused; 0: calls are taken."""
    silent_calls: bool
    """Whether calls are taken and then never answered."""
    sdp_address: str
    """The address that session descriptions name."""
    call_back_via: str
    """The trunk of every call back; empty: the one on which the call came."""
    database: DatabaseSettings


def read_settings(path: Path = PATH) -> Settings:
    """Return what *path* says.

    Raises:
        ValueError: it names a trunk that it does not have.
        KeyError, TypeError: a setting is missing, or is not known.
    """
    told: dict[str, Any] = tomllib.loads(path.read_text())
    trunks, register = tuple(told["trunks"]), tuple(told["register"])
    database = DatabaseSettings(**told["database"])
    settings = Settings(**{**told, "trunks": trunks, "register": register, "database": database})
    for name in (*settings.register, *filter(None, [settings.call_back_via])):
        if name not in settings.trunks:
            raise ValueError(f"{path}: {name!r} is no trunk; take one of {list(settings.trunks)}")
    return settings
