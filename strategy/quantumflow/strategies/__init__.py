"""Trading strategies, one a file, and the parameters they declare."""
