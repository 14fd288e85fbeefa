"""Tests of the drift of live results."""
