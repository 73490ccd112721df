"""What can go wrong while a report is made."""


class ReportError(Exception):
    """A report could not be made; the text is one sentence for the user: what, where, what to do."""
