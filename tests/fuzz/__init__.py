"""Random bytes against what crosses a language: one frame, three readers, one answer."""
