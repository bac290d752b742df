"""Cases that stand in a table: a file of comma-separated values beside the test."""

from pathlib import Path

import pandas as pd
import pytest


def table(name: str) -> pd.DataFrame:
    """A table below ``tests``, as text; what follows a # is a comment."""
    path = Path(__file__).parent / name
    return pd.read_csv(path, dtype=str, keep_default_na=False, comment="#")


def each_of(name: str) -> pytest.MarkDecorator:
    """Run a test with each row of a table, whose columns are its arguments."""
    found = table(name)
    return pytest.mark.parametrize(list(found), list(found.itertuples(index=False, name=None)))
