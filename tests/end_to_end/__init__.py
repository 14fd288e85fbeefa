"""The real programs together: what no language's own tests can show."""
