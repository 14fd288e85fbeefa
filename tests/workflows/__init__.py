"""The workflows of reports and health, step by step as they are written, against stand-ins on loopback."""
