"""Scenarios: what is done to a system while it is recorded. Recorded once, they judge nothing."""
