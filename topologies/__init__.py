"""What is brought up: topologies, labs, the engine under them."""
