"""A rule that is broken: by a text that is not what it has to be, and what is then said of its message."""

from typing import NamedTuple

from conformance.sip_messages.rules import Rule


class Malformed(ValueError):  # noqa: N818 -- a finding about the text, no error of ours
    """A text does not have the syntax that its place demands."""

    def __init__(self, detail: str, rule: Rule | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.rule = rule
        """The rule that it breaks; None: that of the header field in which it stands."""


class Breach(NamedTuple):
    """What is wrong with a message."""

    rule: Rule
    detail: str
