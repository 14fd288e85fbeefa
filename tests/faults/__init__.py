"""The fault matrix: rows of (inject, expect), run by one harness over the real programs."""
