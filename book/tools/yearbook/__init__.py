"""From a statistical yearbook to ``data/indicators.csv``: ``python -m tools.yearbook`` (make data).

A file is read strictly (`reading`, `schema`; `causes` guesses what happened to a bad one) and
refused where its figures stand in another unit, column or year (`plausible`); its cells are judged
one by one (`clean`); `build` makes the panel.  It needs `lib` alone.
"""
