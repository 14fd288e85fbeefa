"""Sessions are verified, whole, killed, and tampered with; each change by the code that makes it."""
