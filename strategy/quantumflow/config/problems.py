"""What was found in a configuration, as one bounded line."""

__all__ = ["shorten"]

_SHOWN_MAX = 80


def shorten(value: object) -> str:
    """`value` as it would be written, cut where it would fill the screen."""
    text = repr(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"
