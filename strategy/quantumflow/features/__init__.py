"""What strategies look at: one numeric kernel a file, each defined to the digit and held to a naive reference."""
