"""How exactly and how cheaply outages are measured, beside the obvious alternatives."""
