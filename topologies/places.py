"""Where in a topology file something stands, and complaints about it."""

from collections.abc import Iterable

from pydantic_core import PydanticCustomError

from topologies.spelling import suggestion

Place = tuple[str | int, ...]
"""Where in a topology file something stands: keys and list indices, from the top."""


def dotted(place: Place) -> str:
    """Return *place* as people write it: `nodes.lb1.user`, `reachable[0].to`."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def wrong(place: Place, sentence: str) -> PydanticCustomError:
    """Return the complaint *sentence* about *place*; with `place` the loader finds the line."""
    return PydanticCustomError(
        "topology", "{where}: {sentence}", {"place": place, "where": dotted(place), "sentence": sentence}
    )


def must_be_known(place: Place, kind: str, name: str, known: Iterable[str]) -> None:
    """Check that *name*, which stands at *place*, is one of *known*.

    Raises:
        PydanticCustomError: it is not; the sentence suggests what was meant.
    """
    if name not in (choices := list(known)):
        raise wrong(place, f"unknown {kind} {name!r}{suggestion(name, choices)}")
