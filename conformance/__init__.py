"""What must hold: requirements, probes, histories, checkers, norms, and the tests that use them."""
