"""From a statistical yearbook to ``data/indicators.csv``: ``python -m tools.yearbook`` (make data).

A file is read strictly (`reading`, `schema`; `causes` guesses what happened to a bad one) and
judged: refused, flagged or said (`judge`); its cells are cleaned
one by one (`clean`); `build` makes the panel, `derive` is the road.  It needs `lib` alone.
"""
