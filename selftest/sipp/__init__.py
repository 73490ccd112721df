"""SIPp as a third opinion: a phone that shares no code with the suite's own, and counts for itself."""
