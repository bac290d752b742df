"""Our figures beside those of other programs: conventions by name, and one register of both.

``data/reference`` holds figures that R, Stata and statsmodels computed on data that an installed
package ships.  Each meets ours for the same regression, or is listed in ``not_compared.csv`` with
the reason.  Where a program follows another convention than the tables of this book, both figures
are kept: ``ours`` under the book's, ``named`` under the program's, as ``conventions.csv`` explains.

Digits of agreement are ``-log10(|ours / theirs - 1|)``, at most as many as the program printed and
at most `ENOUGH`: beyond that, two programs differ by the order in which they add.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from linearmodels.datasets import card, jobtraining, mroz, munnell
from linearmodels.panel import RandomEffects
from scipy import stats
from statsmodels.datasets import grunfeld

from lib import estimation, jackknife, random_effects, two_stage
from lib.estimation import Estimate
from lib.jackknife import Effects
from lib.panel import DATA, DataError
from lib.random_effects import Hausman, HausmanVersion
from lib.two_stage import IVEstimate

FOLDER, ENOUGH = DATA / "reference", 10
KEYS = ["dataset", "estimator", "se_type", "producer", "statistic"]
WRITTEN, STATA_DECIMALS = 15, 7
"""Significant digits that programs wrote, and decimals of Stata's posted output."""

FAMILIES = (
    "Coefficients and classical errors", "Clustered errors", "R-squared and counts",
    "Random effects", "Hausman and Mundlak", "Two-stage least squares",
)  # fmt: skip
FIXED, CLUSTERED, FIT, RANDOM, TESTS, IV = FAMILIES
VERDICTS = ("same", "convention", "differs")

# To how many digits R's copy of the data and ours are the same: logarithms are stored with seven
# in jtrain, card and mroz, not the same ones in R and in Python, and are taken anew here.
DATASETS = {
    "Grunfeld11": ENOUGH, "Produc": ENOUGH, "Produc-holed": ENOUGH,
    "jtrain": 7, "card": 6, "mroz": 6, "mroz_hus": 6,
}  # fmt: skip
_PRODUC = ("log(pcap)", "log(pc)", "log(emp)", "unemp")
REGRESSORS = dict.fromkeys(("Produc", "Produc-holed"), _PRODUC) | {
    "Grunfeld11": ("value", "capital"), "jtrain": ("d88", "d89", "grant", "grant_1"),
}  # fmt: skip
# Exogenous regressors and instruments of a wage regression with education endogenous.
_LIVED = ("black", "smsa", "south", "smsa66", *(f"reg{code}" for code in range(662, 670)))
CROSS_SECTIONS = {
    "card": (("exper", "expersq", *_LIVED), ("nearc4",)),
    "mroz": (("exper", "expersq"), ("motheduc", "fatheduc")),
    "mroz_hus": (("exper", "expersq"), ("motheduc", "fatheduc", "huseduc")),
}
Figures = Mapping[str, float]


def small_sample_factors(
    *, n: int, slopes: int, groups: int, nested: int, absorbed: int
) -> dict[str, float]:
    """What programs multiply a sandwich covariance with, by the names of `standard_errors`.

    ``n`` rows, ``groups`` clusters; effects, the constant included: ``nested`` counts those that
    are not nested in the clusters, ``absorbed`` all.
    """
    grouped = groups / (groups - 1) * (n - 1)
    return {
        "xtreg": grouped / (n - slopes - nested),
        "areg": grouped / (n - slopes - absorbed),
        "sss": grouped / (n - slopes),
        "HC1": n / (n - slopes - absorbed),
        "plm-HC1": n / (n - slopes),
        "CR0": 1.0,
    }


def standard_errors(
    found: Estimate, small_sample: str = "xtreg", p_from: str = "clusters"
) -> pd.DataFrame:
    """Clustered errors of an estimate under the convention of another program.

    Parameters
    ----------
    found : Estimate
        Of n rows, K slopes, G clusters, T years, and E effects, the constant included.
    small_sample : str
        The sandwich's factor.  ``xtreg``, that of ``found.clustered``: G/(G-1) (n-1)/(n-K-T)
        with year effects, G/(G-1) (n-1)/(n-K-1) without.  ``areg``: G/(G-1) (n-1)/(n-K-E).
        ``sss``: G/(G-1) (n-1)/(n-K).  ``HC1``: n/(n-K-E).  ``plm-HC1``: n/(n-K).  ``CR0``: 1.
    p_from : {"clusters", "residuals"}
        p-values and intervals from t(G-1) or from t(df_resid).

    Raises
    ------
    lib.panel.DataError
        There is no convention of that name.
    """
    absorbed = found.nobs - found.df_resid - len(found.x)
    # With random effects the constant and the year dummies are regressors: nothing is absorbed.
    by_effects = {"twoway": len(found.years), "time": len(found.years), "random": absorbed}
    factors = small_sample_factors(
        n=found.nobs, slopes=len(found.x), groups=found.n_entities,
        nested=by_effects.get(found.effects, 1), absorbed=absorbed,
    )  # fmt: skip
    dfs = {"clusters": found.n_entities - 1, "residuals": found.df_resid}
    for name, known in ((small_sample, factors), (p_from, dfs)):
        if name not in known:
            raise DataError(f"standard_errors: found {name!r}, expected one of {', '.join(known)}")
    cov = found.cov_clustered * (factors[small_sample] / factors["xtreg"])
    return jackknife.table_of(found.coef, cov, dfs[p_from])


def r_squared(found: Estimate) -> dict[str, float]:
    """The numbers that programs call R-squared, of a fixed-effects estimate.

    ``within``: of y free of the effects.  ``lsdv``: with one dummy an effect; ``lsdv-adjusted``:
    the same, adjusted.  ``plm-adjusted``: the within one, with all degrees of freedom;
    ``fixest-war2``: with those of the slopes alone.

    Raises
    ------
    lib.panel.DataError
        The estimate has no R-squared.
    """
    if found.r2_within is None or found.adj_r2 is None:
        raise DataError(f"r_squared: found an estimate with {found.effects} effects or instruments")
    n, df, unexplained = found.nobs, found.df_resid, 1 - found.r2_within
    return {
        "within": found.r2_within,
        "lsdv": 1 - (1 - found.adj_r2) * df / (n - 1),
        "lsdv-adjusted": found.adj_r2,
        "plm-adjusted": 1 - unexplained * (n - 1) / df,
        "fixest-war2": 1 - unexplained * (df + len(found.x)) / df,
    }


def errors_by_name(found: Estimate, term: str) -> pd.DataFrame:
    """One slope under each factor: ``se``, and p from ``t(G-1)`` and from ``t(df)``."""
    made = {}
    for name in ("xtreg", "areg", "HC1", "sss", "plm-HC1", "CR0"):
        few, many = (standard_errors(found, name, df).loc[term] for df in ("clusters", "residuals"))
        made[name] = {"se": few["se"], "p, t(G−1)": few["p"], "p, t(df)": many["p"]}
    return pd.DataFrame(made).T


def random_effects_plm(
    data: pd.DataFrame, y: str, x: tuple[str, ...], entity: str, time_dummies: bool = False
) -> tuple[pd.Series, pd.DataFrame]:
    """Slopes and classical covariance of random effects with Baltagi and Chang's components (1994).

    On a balanced panel they are those of :func:`lib.random_effects.random_effects`.
    """
    rows = data.dropna(subset=[y, *x]).set_index([entity, "year"])
    exog = rows[list(x)].assign(constant=1.0)
    if time_dummies:
        years = pd.get_dummies(rows.index.get_level_values(1), dtype=float).iloc[:, 1:]
        exog = exog.join(years.add_prefix("year ").set_axis(rows.index, axis=0))
    fit = RandomEffects(rows[y], exog).fit(small_sample=True)
    return fit.params[list(x)], fit.cov.loc[list(x), list(x)]


@cache
def reference() -> pd.DataFrame:
    """Regression figures of other programs, a row a figure; ``value`` as it was written."""
    names = ("peer_results.csv", "holed.csv")
    parts = [pd.read_csv(FOLDER / name, dtype=str, keep_default_na=False) for name in names]
    rows = pd.concat(parts, ignore_index=True)
    rows["dataset"] = rows["dataset"].str.split(" ").str[0]
    return rows[rows["dataset"].isin(DATASETS) & (rows["value"] != "")]


def conventions() -> pd.DataFrame:
    """How other programs differ, by name: ``option`` to ask for it here, and ``why``."""
    return pd.read_csv(FOLDER / "conventions.csv", index_col="convention")


def digits(ours: float, theirs: str, decimals: int | None = None) -> float:
    """Digits in which two figures agree, from 0 to `ENOUGH`; none where ours is not a number.

    ``theirs`` as it was written: `WRITTEN` significant digits, or so many decimals.
    """
    value = float(theirs)
    if value == 0 or not np.isfinite(ours):
        return float(ENOUGH) if ours == value else 0.0
    first = int(np.floor(np.log10(abs(value))))
    printed = WRITTEN if decimals is None else decimals + first + 1
    most = float(min(printed, ENOUGH))
    # It rounds to theirs.  A hair more than half a unit: 0.5e-7 is not a binary number.
    if abs(ours - value) <= 0.5000001 * 10.0 ** (first + 1 - printed):
        return most
    return float(np.clip(-np.log10(abs(ours / value - 1)), 0, most))


@cache
def panel(name: str) -> pd.DataFrame:
    """A panel of `DATASETS`: ``unit``, ``year``, ``y`` and its `REGRESSORS`."""
    if name == "Grunfeld11":
        return grunfeld.load_pandas().data.rename(columns={"firm": "unit", "invest": "y"})
    if name == "Produc-holed":
        whole = panel("Produc")
        return whole[(whole["year"] + np.round(10 * whole["unemp"])) % 5 != 0]
    if name == "Produc":
        data = munnell.load()
        logs = {"y": "GSP", "log(pcap)": "P_CAP", "log(pc)": "PC", "log(emp)": "EMP"}
        return pd.DataFrame(
            {"unit": data["ST_ABB"].astype(str), "year": data["YR"], "unemp": data["UNEMP"]}
            | {new: np.log(data[old]) for new, old in logs.items()}
        )
    data = jobtraining.load()
    return data.rename(columns={"fcode": "unit"}).assign(y=np.log(data["scrap"]))


@cache
def fixed(name: str, effects: Effects) -> Estimate:
    """Least squares of a panel of `DATASETS` under these effects."""
    return estimation.two_way_fe(panel(name), "y", REGRESSORS[name], effects, entity="unit")


@cache
def contrast(name: str, version: HausmanVersion) -> Hausman:
    """Hausman's test on a panel of `DATASETS`, without year effects."""
    return random_effects.hausman(panel(name), "y", REGRESSORS[name], False, version, "unit")


@cache
def schooling(name: str) -> IVEstimate:
    """Two-stage least squares of a wage equation: each person is an entity and a cluster."""
    data = (card if name == "card" else mroz).load()
    people = data.reset_index(names="person").assign(year=0, lwage=np.log(data["wage"]))
    return two_stage.iv_two_way(people, "lwage", "educ", *CROSS_SECTIONS[name], "none", "person")


class Block(NamedTuple):
    """Figures of one command and ours: under the book's convention, and under that command's."""

    estimator: str
    covariance: str
    family: str
    ours: Figures
    named: Figures | None = None
    convention: str = ""


def _labelled(kind: str, values: pd.Series) -> dict[str, float]:
    return {f"{kind}[{name}]": float(value) for name, value in values.items()}


def _short(figures: Figures) -> Figures:
    """Also under the names of the regressions with dummies: lpc for log(pc)."""
    return {re.sub(r"log\((.*)\)", r"l\1", key): figures[key] for key in figures} | dict(figures)


def _fixed_effects(name: str, effects: Effects) -> Iterator[Block]:
    found, which = fixed(name, effects), "individual" if effects == "entity" else "twoways"
    estimator = f"within {which}"
    yield Block(estimator, "", FIXED, _labelled("coef", found.coef))
    classical = _labelled("se", found.classical["se"]) | _labelled("p", found.classical["p"])
    for covariance in ("classical (df=NT-N[-T+1]-K)", "classical", "iid"):
        yield Block(estimator, covariance, FIXED, classical)
    r2 = r_squared(found)
    counts = {"nobs": found.nobs, "df.residual": found.df_resid, "RSS": found.rss}
    names = "R2 (plm: within-transformed)", "R2 within", "fixest wr2"
    within = dict.fromkeys(names, r2["within"])
    lsdv = dict.fromkeys(("R2 (LSDV)", "fixest r2"), r2["lsdv"])
    adjusted = dict.fromkeys(("adj R2 (LSDV)", "fixest ar2"), r2["lsdv-adjusted"])
    yield Block(estimator, "", FIT, counts | within | lsdv | adjusted)
    yield Block(f"LSDV {which}", "", FIT, lsdv | adjusted)
    of_plm, of_fixest = "adj R2 (plm: 1-(1-R2)(n-1)/df.residual)", "fixest war2"
    for key, statistic in (("plm-adjusted", of_plm), ("fixest-war2", of_fixest)):
        pair = {statistic: r2["lsdv-adjusted"]}, {statistic: r2[key]}
        yield Block(estimator, "", FIT, *pair, key)

    default = "default ssc (adj, fixef.K=nested, cluster.adj) = Stata xtreg,fe / reghdfe"
    ours, p = _labelled("se", found.clustered["se"]), _labelled("p", found.clustered["p"])
    yield Block(estimator, f"cluster entity, {default}", CLUSTERED, ours)
    arellano = "plm vcovHC arellano (cluster entity) type="
    commands = (
        ("cluster entity, ssc fixef.K=full = Stata areg", "areg"),
        ("statsmodels OLS dummies cluster (= areg)", "areg"),
        ("cluster entity, ssc fixef.K=none", "sss"),
        ("cluster entity, ssc adj=FALSE cluster.adj=FALSE (CR0)", "CR0"),
        (f"{arellano}sss", "sss"), (f"{arellano}HC1", "plm-HC1"), (f"{arellano}HC0", "CR0"),
    )  # fmt: skip
    for covariance, key in commands:
        named = _labelled("se", standard_errors(found, key)["se"])
        yield Block(estimator, covariance, CLUSTERED, _short(ours), _short(named), key)
        if covariance.startswith("plm"):
            named = _labelled("p", standard_errors(found, key, "residuals")["p"])
            yield Block(estimator, covariance, CLUSTERED, p, named, "residuals")


def _random(name: str, dummies: bool = False, extra: tuple[str, ...] = ()) -> Iterator[Block]:
    x = (*REGRESSORS[name], *extra)
    found = random_effects.random_effects(panel(name), "y", x, dummies, "unit")
    coef, cov = random_effects_plm(panel(name), "y", x, "unit", dummies)
    estimator = f"random individual swar{' + year dummies' if dummies else ''}"
    se = pd.Series(np.sqrt(np.diag(cov)), coef.index)
    pairs = (("", "coef", found.coef, coef), ("classical", "se", found.classical["se"], se))
    for covariance, kind, ours, named in pairs:
        figures = _labelled(kind, ours), _labelled(kind, named)
        yield Block(estimator, covariance, RANDOM, *figures, "baltagi-chang")


def _hausman(name: str) -> Iterator[Block]:
    def figures(stat: float, df: int) -> Figures:
        return {"chi2": stat, "df": df, "p": float(stats.chi2.sf(stat, df))}

    found, more = contrast(name, "sigmaless"), contrast(name, "sigmamore")
    ours, pair = figures(found.stat, found.df), "hausman individual within vs swar"
    # plm prints a p-value of the plain statistic whether or not it is a chi-squared variable.
    within = fixed(name, "entity")
    coef, cov = random_effects_plm(panel(name), "y", REGRESSORS[name], "unit")
    gap, weight = within.coef - coef, within.cov_classical - cov
    plain = figures(float(gap @ np.linalg.solve(weight, gap)), found.df)
    yield Block(pair, "classical V_FE - V_RE", TESTS, ours, plain, "plain")
    smallest = {"min eigenvalue of V_FE-V_RE": float(np.linalg.eigvalsh(weight).min())}
    yield Block(pair, "classical V_FE - V_RE", TESTS, smallest)
    named = figures(more.stat, more.df)
    yield Block(pair, "sigmamore (s2 of RE in both)", TESTS, ours, named, "sigmamore")
    auxiliary = "hausman individual auxiliary regression"
    yield Block(auxiliary, "classical", TESTS, figures(found.mundlak_stat, found.mundlak_df))
    n, g, slopes = found.nobs, found.n_entities, 2 * len(found.contrast)
    factors = small_sample_factors(n=n, slopes=slopes, groups=g, nested=1, absorbed=1)
    named = figures(found.mundlak_robust_stat * factors["xtreg"], found.mundlak_df)
    ours = {"chi2": found.mundlak_robust_stat, "p": found.mundlak_robust_p}
    yield Block(auxiliary, "robust vcovHC arellano HC0", TESTS, ours, named, "plm-auxiliary")


def _cross_section(name: str) -> Iterator[Block]:
    found = schooling(name)
    n, k, q = found.nobs, len(found.x) + 1, len(found.instruments)
    data = (card if name == "card" else mroz).load()
    y = np.log(data["wage"]).dropna()
    r2 = 1 - found.rss / float(((y - y.mean()) ** 2).sum())
    fit = {"R2": r2, "adj R2": 1 - (1 - r2) * (n - 1) / (n - k)}
    yield Block("2SLS", "", IV, _labelled("coef", found.coef) | fit)
    yield Block("2SLS", "classical df-adjusted", IV, _labelled("se", found.classical["se"]))
    # With one row a cluster ours is G/(G-1) (n-1)/(n-k) = n/(n-k): HC1.
    robust = _labelled("se", found.clustered["se"])
    yield Block("2SLS", "HC1", IV, robust)
    named = _labelled("se", standard_errors(found, "CR0")["se"])
    yield Block("2SLS", "HC0", IV, robust, named, "CR0")

    def test(stat: float, p: float) -> Figures:
        return {"statistic": float(stat), "stat": float(stat), "p": float(p)}

    first = found.first_stage.loc["educ"]
    weak = test(first["f"], first["f_p"])
    wu = test(found.wu_hausman.stat, found.wu_hausman.p)
    tests = {"Wu-Hausman": wu, "wh": wu, "Weak instruments": weak, "ivf": weak, "ivwald": weak}
    if found.overid is not None:
        sargan = found.overid.loc["sargan"]
        tests["Sargan"] = tests["sargan"] = test(sargan["stat"], sargan["p"])
    for each, figures in tests.items():
        yield Block(f"2SLS diagnostics: {each}", "classical", IV, figures)
        yield Block(f"fixest fitstat {each}", "iid", IV, figures)
    theirs = {"stat": found.cragg_donald * (n - q - 2) / (n - q - k + 1)}
    ours = {"stat": found.cragg_donald}
    yield Block("fixest fitstat cd", "iid", IV, ours, theirs, "fixest-cd")


def _blocks(name: str) -> Iterator[Block]:
    if name in CROSS_SECTIONS:
        yield from _cross_section(name)
        return
    yield from _fixed_effects(name, "entity")
    yield from _random(name, extra=("union",) * (name == "jtrain"))
    if name != "jtrain":
        pooled = fixed(name, "none")
        yield Block("pooled OLS", "", FIXED, _labelled("coef", pooled.coef))
        yield Block("pooled OLS", "classical", FIXED, _labelled("se", pooled.classical["se"]))
        yield from _fixed_effects(name, "twoway")
        yield from _random(name, dummies=True)
        yield from _hausman(name)


@cache
def register() -> pd.DataFrame:
    """Every reference figure that we compute, ours beside it, in the order of `reference`.

    Returns
    -------
    DataFrame
        ``dataset, estimator, se_type, producer, statistic``; ``family`` (of `FAMILIES`); ``theirs``
        (as written), ``ours``, ``digits``; ``convention`` (empty where it is ours), ``named``,
        ``named_digits`` (under it); ``verdict``: the same to the last digit that the printed figure
        or the common data allow, the same under another convention, or neither.
    """
    made = []
    for name in DATASETS:
        blocks = list(_blocks(name))
        mine = {(b.estimator, b.covariance, each): b for b in blocks for each in b.ours}
        for row in reference().query("dataset == @name").to_dict("records"):
            if block := mine.get((row["estimator"], row["se_type"], row["statistic"])):
                made.append(_row(row, block))
    return pd.DataFrame(made)


def _row(row: Mapping[str, Any], block: Block) -> dict[str, Any]:
    theirs = row["value"]
    decimals = STATA_DECIMALS if row["producer"].startswith("Stata") else None
    ours = float(block.ours[row["statistic"]])
    named = ours if block.named is None else float(block.named[row["statistic"]])
    agree, named_agree = (digits(value, theirs, decimals) for value in (ours, named))
    least = min(digits(float(theirs), theirs, decimals), DATASETS[row["dataset"]])
    if agree >= least:
        verdict, named, named_agree = "same", ours, agree
    else:
        verdict = "convention" if named_agree >= least else "differs"
    return {key: row[key] for key in KEYS} | {
        "family": block.family, "theirs": theirs, "ours": ours, "digits": agree,
        "convention": block.convention if verdict == "convention" else "",
        "named": named, "named_digits": named_agree, "verdict": verdict,
    }  # fmt: skip


def not_compared() -> pd.DataFrame:
    """Reference figures without ours beside them; ``why``, by the patterns of ``not_compared.csv``.

    A pattern is searched in "estimator | se_type | statistic"; empty where none is found.
    """
    rows, done = reference(), register()
    rows = rows[~pd.MultiIndex.from_frame(rows[KEYS]).isin(pd.MultiIndex.from_frame(done[KEYS]))]
    labels = rows["estimator"] + " | " + rows["se_type"] + " | " + rows["statistic"]
    pairs = pd.read_csv(FOLDER / "not_compared.csv").to_numpy().tolist()
    why = [next((why for pattern, why in pairs if re.search(pattern, each)), "") for each in labels]
    return rows.assign(why=why)


def summary() -> pd.DataFrame:
    """Figures by family: ``figures``, the `VERDICTS`, and ``digits``, the fewest by any name."""
    rows = register()
    counts = pd.crosstab(rows["family"], rows["verdict"])
    counts = counts.reindex(index=list(FAMILIES), columns=list(VERDICTS), fill_value=0)
    counts.insert(0, "figures", counts.sum(axis=1))
    return counts.assign(digits=np.floor(rows.groupby("family")["named_digits"].min()).astype(int))


def worst(rows: pd.DataFrame, by: str, digits: str = "digits") -> pd.DataFrame:
    """The row of each group that agrees least, to a tenth of a digit; of several, the first.

    Where two figures differ by one factor for all regressors, their digits tie but for rounding,
    which is another one on another processor.
    """
    order = rows[digits].round(1).sort_values(kind="stable").index
    return rows.loc[order].groupby(by, sort=False).head(1).sort_index()
