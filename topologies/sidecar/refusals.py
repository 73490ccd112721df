"""What the agent answers when it cannot do what it was asked."""


class Refused(Exception):  # noqa: N818 -- it reads as the answer that it is
    """A request was not carried out; the text is one sentence for the user."""


class NodeGone(Refused):
    """The node's init has ended, so there is nothing to enter."""
