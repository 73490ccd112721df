"""Wires the suite into pytest; everything else is in `conformance.plugin`."""

pytest_plugins = [
    "conformance.plugin.options",
    "conformance.plugin.selection",
    "conformance.plugin.fixtures",
    "conformance.plugin.outcome",
]
