"""Accounts of one lab: made up per run, stable within it, masked wherever something is written down."""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

_ALPHABET: Final = string.ascii_letters + string.digits
_LENGTH: Final = 20
_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)


class Secrets(Mapping[str, str]):
    """A secret of 20 letters and digits for every name that is asked for.

    They are derived from one key, so every process that knows the lab's state sees the same ones.
    """

    def __init__(self, key: str | None = None, names: Iterable[str] = ()) -> None:
        self.key = key or secrets.token_hex(32)
        self._names = dict.fromkeys(names)

    def __getitem__(self, name: str) -> str:
        self._names[name] = None
        digest = int.from_bytes(hmac.digest(self.key.encode(), name.encode(), hashlib.sha256))
        characters = []
        for _ in range(_LENGTH):
            digest, rest = divmod(digest, len(_ALPHABET))
            characters.append(_ALPHABET[rest])
        return "".join(characters)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names that were asked for so far."""
        return iter(tuple(self._names))

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(self._names)})"

    def masked(self, text: str) -> str:
        """Return *text* with every secret and every private key taken out."""
        for name, secret in self.items():
            text = text.replace(secret, f"<secret {name}>")
        return _PRIVATE_KEY.sub(r"\1 <secret> \2", text)
