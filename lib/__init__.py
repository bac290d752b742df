"""Indicators and regressions of a replicated regional-economics paper."""
