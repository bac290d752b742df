"""From a statistical yearbook to ``data/indicators.csv``: ``python -m data.yearbook`` (make data).

A file is read strictly (`files`, `reading`, `schema`), its cells are judged one by one (`clean`),
and so are its ratios (`judge`); `build` makes the panel, `derive` is the road.
"""
