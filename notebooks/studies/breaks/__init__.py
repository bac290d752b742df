"""Chapter 9: slopes before and after a year, and in the reaches of the river.

``rows`` are those of a regression, as from :func:`lib.specifications.centred`.
"""
