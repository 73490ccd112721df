"""Who is calling: load on a system while it is judged."""
