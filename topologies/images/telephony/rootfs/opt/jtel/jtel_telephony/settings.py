"""What the stand-in is told by /etc/jtel/telephony.toml."""

import dataclasses
import sys
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
class StorageSettings:
    """How the share with the recordings is reached: by its alias, never by its address."""

    host: str
    share: str
    user: str
    password: str = dataclasses.field(repr=False)


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
    accept_from: tuple[str, ...]
    """Addresses whose SIP requests are served, beside our own; empty: everybody's."""
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
    storage: StorageSettings | None = None
    """None: calls are not recorded."""


def read_settings(path: Path = PATH) -> Settings:
    """Return what *path* says.

    Raises:
        ValueError: it names a trunk that it does not have.
        KeyError, TypeError: a setting is missing, or is not known.
    """
    told: dict[str, Any] = tomllib.loads(path.read_text())
    several = {name: tuple(told[name]) for name in ("trunks", "register", "accept_from")}
    storage = StorageSettings(**told["storage"]) if "storage" in told else None
    tables = {"database": DatabaseSettings(**told["database"]), "storage": storage}
    settings = Settings(**{**told, **several, **tables})
    for name in (*settings.register, *filter(None, [settings.call_back_via])):
        if name not in settings.trunks:
            raise ValueError(f"{path}: {name!r} is no trunk; take one of {list(settings.trunks)}")
    return settings


def read_again(known: Settings, path: Path = PATH) -> Settings:
    """Return *known* with how it may refuse calls or leave them unanswered, as *path* says by now.

    Where that cannot be read nothing changes, and stderr says why.
    """
    try:
        told = read_settings(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"{path} changes nothing: {type(error).__name__}: {error}\n")
        return known
    return dataclasses.replace(known, reject=told.reject, silent_calls=told.silent_calls)
