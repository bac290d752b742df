"""The rows and variables of the multiverse: samples, scopes, measures of agglomeration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lib import indicators, panel
from lib import multiverse_register as register
from lib.specifications import BASELINE, CONTROLS, EXTRA_CONTROLS, FIRST_YEAR, LAST_YEAR, prepare

OUTCOMES = ("reg", "log_reg")
MUNICIPALITIES = ("Shanghai", "Chongqing")
CONTROLS_OF = {"none": (), "five": CONTROLS, "seven": (*CONTROLS, *EXTRA_CONTROLS)}
YEARS_OF = {"2008-2016": (FIRST_YEAR, 2016), "2017-2023": (2017, LAST_YEAR)}
REACHES = ("upper", "middle", "lower")
_WITHOUT = {"no_steps": "steps", "no_boundary": "boundary", "neither": "both"}


def agglomeration(rows: pd.DataFrame, option: str) -> pd.Series:
    """IA of a sample, by an option of the register.

    Parameters
    ----------
    rows : DataFrame
        Columns ``year, share_primary, share_secondary, share_tertiary, te``; the rows are the
        sample that a city is compared with.
    option : str
        ``secondary``, ``tertiary``: equation (4), mean 1.  ``mean``: the mean of equation (4) over
        the three sectors.  ``hoover``: half the sum over sectors of the absolute differences
        between a city's shares and the sample's unweighted mean shares of the year, from 0 towards
        1.  ``employment``: employment over the sample's mean of the year.

    Raises
    ------
    lib.panel.DataError
        There is no such option.
    """
    if option in ("secondary", "tertiary"):
        return indicators.ia(rows, share=f"share_{option}", scaled=True)
    shares = [f"share_{sector}" for sector in ("primary", "secondary", "tertiary")]
    if option == "mean":
        each = [indicators.ia(rows, share=share, scaled=True) for share in shares]
        return sum(each[1:], start=each[0]) / len(each)
    if option == "hoover":
        usual = rows[shares].groupby(rows["year"]).transform("mean")
        return (rows[shares] - usual).abs().sum(axis=1, min_count=len(shares)) / 2
    if option == "employment":
        return rows["te"] / rows["te"].groupby(rows["year"]).transform("mean")
    known = ", ".join(register.options("agglomeration"))
    raise panel.DataError(f"agglomeration: found {option!r}; expected one of {known}")


def sample_rows(data: pd.DataFrame, sample: str) -> pd.DataFrame:
    """The city-years of a sample, with ``log_reg`` and every IA as ``ia_<option>``.

    IA is computed before city-years are left out, as in :func:`lib.specifications.prepare`, so a
    city is compared with the same Belt whatever is left out.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load_indicators`.
    sample : str
        Of the register.

    Raises
    ------
    lib.panel.DataError
        There is no such sample.
    """
    known = register.options("sample")
    if sample not in known:
        raise panel.DataError(f"sample: found {sample!r}; expected one of {', '.join(known)}")
    rows = data
    if sample in ("listed94", "delta41"):
        rows = panel.sample(data, sample)
    elif sample == "no_municipalities":
        rows = data[~data["province"].isin(MUNICIPALITIES)]
    measures = {f"ia_{o}": agglomeration(rows, o) for o in register.options("agglomeration")}
    rows = rows.assign(log_reg=np.log(rows["reg"]), **measures)
    if sample in _WITHOUT:
        return prepare(rows, replace(BASELINE, name=sample, without=_WITHOUT[sample]))
    return rows[rows["flags"].eq("")] if sample == "no_flags" else rows


def in_scope(rows: pd.DataFrame, scope: str) -> pd.Series:
    """Which rows belong to a scope, bool; a period, a reach, or all of them."""
    if scope in YEARS_OF:
        return rows["year"].between(*YEARS_OF[scope])
    if scope in REACHES:
        return rows["reach"].eq(scope)
    return rows["year"].notna()
