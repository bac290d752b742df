"""Chapter 9: slopes before and after a year.

``rows`` are those of a regression, as from :func:`lib.specifications.centred`.
"""
