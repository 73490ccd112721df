"""What goes wrong: one fault per file, each with proof that it took hold and the way to undo it."""
