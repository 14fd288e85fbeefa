"""specialists.toml: what is read, and what is refused."""
