"""A page about a region of the reader's own: ``make region``."""
