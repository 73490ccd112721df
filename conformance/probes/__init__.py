"""Open-loop clients: what they ask, how they get to the vantage, and the record of what they saw."""
