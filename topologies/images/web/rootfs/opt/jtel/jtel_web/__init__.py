"""The stand-in for jtel's web server: who it is, whether it is healthy, and a login that outlives it."""
