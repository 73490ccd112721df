"""What the schema complains about, as one sentence: file and line, key, value, what is wrong, the fix."""

import types
import typing
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from topologies.document import Document
from topologies.places import Place, dotted
from topologies.spelling import suggestion

_NAME_RULE = "start with a letter a-z, then letters, digits and '-', at most 31 in all"


def complaint(
    problem: ValidationError,
    document: Document,
    model: type[BaseModel],
    *,
    in_file: Callable[[Place], Place] = lambda place: place,
) -> str:
    """Return the first complaint of *problem* about *document*, read as *model*, as a sentence.

    *in_file* turns a place of the model into the place of the file, where the two differ.
    """
    details = problem.errors(include_url=False)
    # A misspelled key is also a missing one; the spelling tells more.
    first = min(details, key=lambda error: error["type"] == "missing")
    place, sentence = _said(first, model)
    place = in_file(place)
    more = len(details) - 1
    also = f" (and {more} more)" if more else ""
    return f"{document.where(place)}: {dotted(place) or 'the file'}: {sentence}{also}"


def _said(error: ErrorDetails, model: type[BaseModel]) -> tuple[Place, str]:
    place, context = error["loc"], error.get("ctx", {})
    if error["type"] == "topology":
        return context["place"], context["sentence"]
    if error["type"] == "missing":
        return place[:-1], f"the key '{place[-1]}' is missing; add it"
    if error["type"] == "extra_forbidden":
        return place, f"unknown key{suggestion(str(place[-1]), _file_keys(model, place[:-1]))}"
    if place[-1:] == ("[key]",):
        return place[:-1], f"{place[-2]!r} is not a name; {_NAME_RULE}"
    return place, _about_value(error["type"], error["input"], context, error["msg"])


def _about_value(kind: str, value: Any, context: dict[str, Any], message: str) -> str:  # noqa: ANN401 -- any value
    if kind in {"enum", "literal_error"}:
        choices = [choice.strip("' ") for choice in context["expected"].replace(" or ", ", ").split(",")]
        return f"{value!r} is not possible here{suggestion(str(value), choices)}"
    sentences = {
        "string_pattern_mismatch": f"{value!r} is not of the right form; {_form(context.get('pattern', ''))}",
        "ip_v4_address": f"{value!r} is not an IPv4 address; write one such as 198.18.1.11",
        "ip_v4_network": f"{value!r} is not an IPv4 network; write one such as 198.18.1.0/24",
        "value_error": str(context.get("error", "")),
        "too_short": f"{value!r} has too few entries; give at least {context.get('min_length')}",
        "tuple_type": f"{value!r} is not a list; write [...]",
        "mapping_type": f"{value!r} is not a mapping; write {{key: value}}",
        "dict_type": f"{value!r} is not a mapping; write {{key: value}}",
        "model_type": f"{value!r} is not a mapping; write {{key: value}}",
    }
    return sentences.get(kind) or f"{value!r}: {message[:1].lower()}{message[1:]}; correct the value"


def _form(pattern: str) -> str:
    return _NAME_RULE if pattern.startswith("^[a-z]") else f"it has to match {pattern}"


def _file_keys(model: type[BaseModel], place: Place) -> list[str]:
    """Return the keys that may stand at *place* of a file, whose own name is the `name` of the whole."""
    return [key for key in keys_at(model, place) if place or key != "name"]


def keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """Return the keys of *model* at *place*."""
    at: Any = model
    for step in place:
        if isinstance(at, type) and issubclass(at, BaseModel):
            at = next(field.annotation for key, field in _fields(at).items() if key == step)
        else:
            at = typing.get_args(at)[0 if isinstance(step, int) else 1]
        if typing.get_origin(at) in {types.UnionType, typing.Union}:
            at = typing.get_args(at)[0]
    return list(_fields(at)) if isinstance(at, type) and issubclass(at, BaseModel) else []


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}
