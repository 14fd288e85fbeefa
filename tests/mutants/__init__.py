"""Deliberate bugs, each of which must turn a test red: what the tests are worth."""
