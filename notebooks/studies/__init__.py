"""The studies: one module or package a chapter, none of which imports another.

Where a docstring says no more, ``data`` is the panel as from :func:`lib.panel.load`.
"""
