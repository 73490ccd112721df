"""Pure functions from a recorded history to a verdict: no container, no clock, no network."""
