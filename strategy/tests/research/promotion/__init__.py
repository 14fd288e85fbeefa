"""Tests of what becomes of a ledger."""
