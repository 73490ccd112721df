"""What the user probably meant: the closest of the names that are known."""

import difflib
from collections.abc import Iterable


def suggestion(given: str, known: Iterable[str], *, plural: str = "known") -> str:
    """Return the end of a sentence that rejects *given*: `; did you mean 'web1'? known: lb1, web1`."""
    names = sorted(known)
    close = difflib.get_close_matches(given.lower(), names, n=1, cutoff=0.6)
    meant = f"; did you mean {close[0]!r}?" if close else ";"
    return f"{meant} {plural}: {', '.join(names) or 'none'}"
