"""Whether a database server is usable: what the balancer asks before it sends anybody there."""
