"""Thin helpers of the book: a notebook says what is computed, a module here says how."""
