"""A small book of a region of the reader's own: ``make region``."""
