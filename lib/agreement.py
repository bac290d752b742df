"""Our figures beside those of other programs: one register, which tests assert and a page shows.

``data/reference/peer_results.csv`` and ``holed.csv`` hold figures that R, Stata and statsmodels
computed on data sets that an installed package ships.  Here each of them meets the figure of
:mod:`lib.estimation` or :mod:`lib.inference` for the same regression, or is listed in
``not_compared.csv`` with the reason.

Digits of agreement are ``-log10(|ours / theirs - 1|)``, at most as many as the program printed and
at most `ENOUGH`: beyond that, two programs differ by the order in which they add.  A figure that
rounds to theirs agrees in every digit printed.

Where a program follows another convention than the tables of this book, both figures are kept:
``ours`` under the book's, ``named`` under the program's, asked for by the name that
``conventions.csv`` gives it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from linearmodels.datasets import card, jobtraining, mroz, munnell
from scipy import stats
from statsmodels.datasets import grunfeld

from lib.estimation import (
    Components,
    Effects,
    Estimate,
    Hausman,
    HausmanVersion,
    IVEstimate,
    RSquared,
    SmallSample,
    hausman,
    iv_2sls,
    r_squared,
    random_effects,
    small_sample_factor,
    standard_errors,
    two_way_fe,
)
from lib.inference import Within, covariances
from lib.panel import DATA, DataError
from lib.specifications import Specification, rows_of

FOLDER = DATA / "reference"
ENOUGH = 10
# Digits that a program wrote; Stata's posted output has seven decimals instead.
WRITTEN = 15
STATA_DECIMALS = 7

PLM, PARTS, FIXEST, LM = "R plm 2.6.5", "R plm 2.6.5 parts", "R fixest 0.12.2", "R lm 4.5.0"
AER, STATSMODELS = "R AER::ivreg 1.2-14", "statsmodels 0.15.0"
STATA = "Stata xtreg,re (published output)"

FAMILIES = (
    "Coefficients and classical errors",
    "Clustered errors",
    "Other robust errors",
    "R-squared and counts",
    "Random effects",
    "Hausman and Mundlak",
    "Two-stage least squares",
)
FIXED, CLUSTERED, ROBUST, FIT, RANDOM, TESTS, IV = FAMILIES
# The best verdict first.
VERDICTS = ("same", "same as printed", "same as the data allow", "convention", "differs")


@dataclass(frozen=True)
class Dataset:
    """Data that an installed package ships.

    Attributes
    ----------
    title, source, rights : str
    digits : int
        To how many digits R's copy of the data and ours are the same, at most `ENOUGH`.
    """

    title: str
    source: str
    rights: str
    digits: int = ENOUGH


_WOOLDRIDGE = "data of a textbook (Wooldridge), shipped with linearmodels (NCSA licence)"
# In jtrain, card and mroz the logarithms are stored with seven digits, not the same ones in R and
# in Python: here they are taken anew, and what R made of its copy sets the digits.
DATASETS = {
    "Grunfeld11": Dataset(
        "Grunfeld", "11 firms, 1935 to 1954; statsmodels.datasets.grunfeld", "public domain"
    ),
    "Produc": Dataset(
        "Produc",
        "48 US states, 1970 to 1986; linearmodels.datasets.munnell",
        "figures of US agencies collected by Munnell, shipped with linearmodels (NCSA licence)",
    ),
    "Produc-holed": Dataset(
        "Produc, holed",
        "Produc without the rows whose year + round(10 unemp) is a multiple of 5",
        "as Produc",
    ),
    "jtrain": Dataset(
        "jtrain", "54 firms, 1987 to 1989; linearmodels.datasets.jobtraining", _WOOLDRIDGE, 7
    ),
    "card": Dataset("card", "3010 men, 1976; linearmodels.datasets.card", _WOOLDRIDGE, 6),
    "mroz": Dataset("mroz", "428 women, 1975; linearmodels.datasets.mroz", _WOOLDRIDGE, 6),
    "mroz_hus": Dataset("mroz, 3 IV", "mroz with a third instrument", _WOOLDRIDGE, 6),
}

_PRODUC = ("log(pcap)", "log(pc)", "log(emp)", "unemp")
REGRESSORS = {
    "Grunfeld11": ("value", "capital"),
    "Produc": _PRODUC,
    "Produc-holed": _PRODUC,
    "jtrain": ("d88", "d89", "grant", "grant_1"),
}
_REGIONS = tuple(f"reg{code}" for code in range(662, 670))
# Exogenous regressors and instruments of a wage regression with education endogenous.
CROSS_SECTIONS = {
    "card": (("exper", "expersq", "black", "smsa", "south", "smsa66", *_REGIONS), ("nearc4",)),
    "mroz": (("exper", "expersq"), ("motheduc", "fatheduc")),
    "mroz_hus": (("exper", "expersq"), ("motheduc", "fatheduc", "huseduc")),
}

Figures = Mapping[str, float]


@dataclass(frozen=True)
class Block:
    """Figures that one command of a program printed, and ours for the same.

    Attributes
    ----------
    estimator, covariance, producer : str
        The columns ``estimator``, ``se_type`` and ``producer`` of the reference figures.
    family, command : str
        Where it stands on the page, and what was called there.
    ours : mapping
        Statistic -> our figure, under the conventions of the book's tables.
    named : mapping or None
        The same under the convention of that program; None where it is ours.
    convention : str
        Its key in ``conventions.csv``.
    """

    estimator: str
    covariance: str
    producer: str
    family: str
    command: str
    ours: Figures
    named: Figures | None = None
    convention: str = ""


# -- the reference figures ------------------------------------------------------------------------


@cache
def reference() -> pd.DataFrame:
    """Regression figures of other programs, a row a figure; ``value`` as text, as it was written.

    Returns
    -------
    DataFrame
        The columns of ``peer_results.csv``, ``dataset`` a key of `DATASETS`.
    """
    parts = [
        pd.read_csv(FOLDER / name, dtype=str, keep_default_na=False)
        for name in ("peer_results.csv", "holed.csv")
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows["dataset"] = rows["dataset"].str.split(" ").str[0]
    return rows[rows["dataset"].isin(DATASETS) & (rows["value"] != "")]


def conventions() -> pd.DataFrame:
    """How other programs differ, by key: ``option`` to ask for it here, and ``why``."""
    return pd.read_csv(FOLDER / "conventions.csv", index_col="convention")


def digits(ours: float, theirs: str, decimals: int | None = None) -> float:
    """Digits in which two figures agree; see the module for the definition.

    Parameters
    ----------
    ours : float
        Not a number where we have none: no digit agrees.
    theirs : str
        As it was written.
    decimals : int, optional
        How many the program prints; by default it writes `WRITTEN` significant digits.

    Returns
    -------
    float
        Between 0 and `ENOUGH`.
    """
    value = float(theirs)
    if value == 0 or not np.isfinite(ours):
        return float(ENOUGH) if ours == value else 0.0
    first = int(np.floor(np.log10(abs(value))))
    printed = WRITTEN if decimals is None else decimals + first + 1
    unit = 10.0 ** (first + 1 - printed)
    most = float(min(printed, ENOUGH))
    # A hair more than half a unit: 0.5e-7 is not a binary number.
    if abs(ours - value) <= 0.5000001 * unit:
        return most
    return float(np.clip(-np.log10(abs(ours / value - 1)), 0, most))


# -- the data -------------------------------------------------------------------------------------


@cache
def panel(name: str) -> pd.DataFrame:
    """A panel of `DATASETS`: ``unit``, ``year``, ``y`` and its `REGRESSORS`."""
    if name == "Grunfeld11":
        data = grunfeld.load_pandas().data
        return data.rename(columns={"firm": "unit", "invest": "y"})
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
def people(name: str) -> pd.DataFrame:
    """A cross-section as a panel of one year: each person is an entity and a cluster."""
    data = (card if name == "card" else mroz).load()
    return data.reset_index(names="person").assign(year=0, lwage=np.log(data["wage"]))


@cache
def fixed(name: str, effects: Effects) -> Estimate:
    """Least squares of a panel of `DATASETS` under these effects."""
    return two_way_fe(panel(name), "y", REGRESSORS[name], effects, entity="unit")


@cache
def random(
    name: str,
    components: Components = "harmonic",
    time_dummies: bool = False,
    extra: tuple[str, ...] = (),
) -> Estimate:
    """One-way random effects of a panel of `DATASETS`, with further regressors if any."""
    x = (*REGRESSORS[name], *extra)
    return random_effects(panel(name), "y", x, time_dummies, "unit", components=components)


@cache
def contrast(
    name: str,
    version: HausmanVersion,
    time_dummies: bool = False,
    components: Components = "harmonic",
) -> Hausman:
    """Hausman's test on a panel of `DATASETS`, by default without year effects."""
    x = REGRESSORS[name]
    return hausman(panel(name), "y", x, time_dummies, version, "unit", components=components)


@cache
def schooling(name: str) -> IVEstimate:
    """Two-stage least squares of a wage equation of `CROSS_SECTIONS`."""
    exog, instruments = CROSS_SECTIONS[name]
    return iv_2sls(people(name), "lwage", "educ", exog, instruments, "none", entity="person")


def _labelled(kind: str, values: pd.Series) -> dict[str, float]:
    return {f"{kind}[{name}]": float(value) for name, value in values.items()}


# -- ours, block by block -------------------------------------------------------------------------

_XTREG = "cluster entity, default ssc (adj, fixef.K=nested, cluster.adj) = Stata xtreg,fe / reghdfe"
_AREG = "cluster entity, ssc fixef.K=full = Stata areg"
_ARELLANO = "plm vcovHC arellano (cluster entity) type="
_CLASSICAL = "classical (df=NT-N[-T+1]-K)"


def _fixed_effects(name: str, estimator: str, effects: Effects) -> Iterator[Block]:
    found = fixed(name, effects)
    coef = _labelled("coef", found.coef)
    classical = _labelled("se", found.classical["se"])
    p = _labelled("p", found.classical["p"])
    which = "individual" if effects == "entity" else "twoways"
    plm, fixest = "within", "feols"
    counts: Figures = {"nobs": found.nobs, "df.residual": found.df_resid, "RSS": found.rss}
    yield Block(estimator, "", PLM, FIXED, plm, coef)
    yield Block(estimator, "", FIXEST, FIXED, fixest, coef)
    for covariance in (_CLASSICAL, "classical"):
        yield Block(estimator, covariance, PLM, FIXED, plm, classical | p)
    yield Block(estimator, "iid", FIXEST, FIXED, fixest, classical)

    within = r_squared(found, "within")
    named = {"R2 (plm: within-transformed)": within, "R2 within": within, **counts}
    yield Block(estimator, "", PLM, FIT, plm, named)
    lsdv = {"R2 (LSDV)": r_squared(found, "lsdv"), "adj R2 (LSDV)": r_squared(found)}
    for producer, command in ((LM, "lm, dummies"), (STATSMODELS, "OLS, dummies")):
        yield Block(f"LSDV {which}", "", producer, FIT, command, lsdv)
    same = {"fixest wr2": within, "fixest r2": r_squared(found, "lsdv")}
    yield Block(estimator, "", FIXEST, FIT, fixest, same | {"fixest ar2": r_squared(found)})
    adjusted: tuple[tuple[RSquared, str, str, str], ...] = (
        ("plm-adjusted", PLM, plm, "adj R2 (plm: 1-(1-R2)(n-1)/df.residual)"),
        ("fixest-war2", FIXEST, fixest, "fixest war2"),
    )
    for key, producer, command, statistic in adjusted:
        yield Block(
            estimator, "", producer, FIT, command,
            {statistic: r_squared(found)}, {statistic: r_squared(found, key)}, key,
        )  # fmt: skip
    yield from _clustered(estimator, found)


def _clustered(estimator: str, found: Estimate) -> Iterator[Block]:
    ours = _labelled("se", found.clustered["se"])
    yield Block(estimator, _XTREG, FIXEST, CLUSTERED, "feols, cluster", ours)
    rows: tuple[tuple[str, str, str, SmallSample], ...] = (
        (_AREG, FIXEST, 'feols, K.fixef = "full"', "areg"),
        ("statsmodels OLS dummies cluster (= areg)", STATSMODELS, "OLS, dummies", "areg"),
        ("cluster entity, ssc fixef.K=none", FIXEST, 'feols, K.fixef = "none"', "sss"),
        (_ARELLANO + "sss", PLM, 'vcovHC(type = "sss")', "sss"),
        (_ARELLANO + "HC1", PLM, 'vcovHC(type = "HC1")', "plm-HC1"),
        (_ARELLANO + "HC0", PLM, 'vcovHC(type = "HC0")', "CR0"),
        (
            "cluster entity, ssc adj=FALSE cluster.adj=FALSE (CR0)",
            FIXEST,
            "feols, no adjustment",
            "CR0",
        ),
    )
    p = _labelled("p", found.clustered["p"])
    for covariance, producer, command, key in rows:
        table = standard_errors(found, key)
        named = _labelled("se", table["se"])
        pair = (_dummies(ours), _dummies(named)) if producer == STATSMODELS else (ours, named)
        yield Block(estimator, covariance, producer, CLUSTERED, command, *pair, key)
        if producer == PLM:
            table = standard_errors(found, key, "residuals")
            named = _labelled("p", table["p"])
            command = f"{command}, coeftest"
            yield Block(estimator, covariance, PLM, CLUSTERED, command, p, named, "residuals")


def _dummies(figures: Figures) -> Figures:
    """Statistics under the names of the regressions with dummies: lpc for log(pc)."""
    long = {re.sub(r"log\((.*)\)", r"l\1", key): value for key, value in figures.items()}
    return long | dict(figures)


def _robust(name: str) -> Iterator[Block]:
    """Covariances of chapter 13, which has both effects in every regression."""
    rows = panel(name).rename(columns={"unit": "city_code"})
    within = Within.of(rows, "y", REGRESSORS[name])
    found = within.found
    n, slopes, cities, years = found.nobs, len(found.x), found.n_entities, len(found.years)
    absorbed = n - slopes - found.df_resid

    def factor(key: SmallSample, groups: int, nested: int) -> float:
        counts = {"groups": groups, "nested": nested, "absorbed": absorbed}
        return small_sample_factor(key, n=n, slopes=slopes, **counts)

    def se(kind: str, lags: int | None = None, scale: float = 1.0) -> Figures:
        cov = covariances(within, lags=lags)[kind].cov
        return _labelled("se", pd.Series(np.sqrt(scale * np.diag(cov)), found.x))

    fixest = "feols"
    hc1 = se("hc1")
    for covariance, producer, command in (
        ("hetero (HC1, all FE counted)", FIXEST, f'{fixest}, "hetero"'),
        ("statsmodels OLS dummies HC1", STATSMODELS, "OLS, dummies, HC1"),
    ):
        yield Block("within twoways", covariance, producer, ROBUST, command, _dummies(hc1))
    own = factor("HC1", n, absorbed)
    white: tuple[tuple[str, SmallSample, str], ...] = (
        ("HC0", "CR0", "plm-white1-HC0"), ("HC1", "plm-HC1", "plm-white1-HC1"),
    )  # fmt: skip
    for kind, key, convention in white:
        named = se("hc1", scale=factor(key, n, absorbed) / own)
        command = f'vcovHC("white1", "{kind}")'
        yield Block(
            "within twoways", f"plm vcovHC white1 {kind}", PLM, ROBUST, command,
            hc1, named, convention,
        )  # fmt: skip
    both = "twoway cluster entity+time default ssc (min)"
    command = f"{fixest}, cluster both"
    yield Block("within twoways", both, FIXEST, ROBUST, command, se("city_year"))
    kraay, own = se("driscoll_kraay"), factor("xtreg", years, cities)
    for lags in (2, 3):
        covariance = f"Driscoll-Kraay lag={lags} default ssc"
        given = se("driscoll_kraay", lags)
        command = f"{fixest}, DK({lags})"
        if given == kraay:
            yield Block("within twoways", covariance, FIXEST, ROBUST, command, kraay)
        else:
            yield Block("within twoways", covariance, FIXEST, ROBUST, command, kraay, given, "lags")
        covariance = f"plm vcovSCC Driscoll-Kraay HC0 maxlag={lags}"
        named = se("driscoll_kraay", lags, 1 / own)
        command = f"vcovSCC(maxlag = {lags})"
        yield Block("within twoways", covariance, PLM, ROBUST, command, kraay, named, "plm-SCC")


def _random(name: str, time_dummies: bool = False, extra: tuple[str, ...] = ()) -> Iterator[Block]:
    ours = random(name, "harmonic", time_dummies, extra)
    named, convention = None, ""
    if panel(name).groupby("unit").size().nunique() > 1:
        named = random(name, "baltagi-chang", time_dummies, extra)
        convention = "baltagi-chang"
    estimator = f"random individual swar{' + year dummies' if time_dummies else ''}"

    def figures(found: Estimate, covariance: str) -> Figures:
        if covariance:
            return _labelled("se", found.classical["se"])
        return _labelled("coef", found.coef)

    producers = [(PLM, "random")]
    if name == "jtrain":
        producers.append((STATA, "xtreg, re"))
    for producer, command in producers:
        for covariance in ("", "classical"):
            yield Block(
                estimator, covariance, producer, RANDOM, command, figures(ours, covariance),
                None if named is None else figures(named, covariance), convention,
            )  # fmt: skip


def _hausman(name: str) -> Iterator[Block]:
    ours = contrast(name, "plain")
    pair, own = "hausman individual within vs swar", "classical V_FE - V_RE"

    def figures(found: Hausman) -> Figures:
        p = np.nan if found.p is None else found.p
        return {"chi2": found.stat, "df": found.df, "p": p}

    if name == "Produc-holed":
        named = contrast(name, "plain", components="baltagi-chang")
        yield Block(pair, own, PLM, TESTS, "phtest", figures(ours), _always(named), "baltagi-chang")
        return
    more = contrast(name, "sigmamore")
    gap = fixed(name, "entity").cov_classical - random(name).cov_classical
    smallest = {"min eigenvalue of V_FE-V_RE": float(np.linalg.eigvalsh(gap).min())}
    yield Block(pair, own, PLM, TESTS, "phtest", figures(ours), _always(ours), "no-p")
    yield Block(pair, own, PLM, TESTS, "vcov of both", smallest)
    yield Block(
        pair, "sigmamore (s2 of RE in both)", PARTS, TESTS, "vcov of both",
        figures(ours), figures(more), "sigmamore",
    )  # fmt: skip
    auxiliary = "hausman individual auxiliary regression"
    command = 'phtest(method = "aux")'
    mundlak = {"chi2": ours.mundlak_stat, "df": ours.mundlak_df, "p": ours.mundlak_p}
    yield Block(auxiliary, "classical", PLM, TESTS, command, mundlak)
    n, g, slopes = ours.nobs, ours.n_entities, 2 * len(ours.contrast)
    scale = small_sample_factor("xtreg", n=n, slopes=slopes, groups=g, nested=1, absorbed=1)
    robust = ours.mundlak_robust_stat * scale
    yield Block(
        auxiliary, "robust vcovHC arellano HC0", PLM, TESTS, f"{command}, vcovHC",
        {"chi2": ours.mundlak_robust_stat, "p": ours.mundlak_robust_p},
        {"chi2": robust, "p": float(stats.chi2.sf(robust, ours.mundlak_robust_df))},
        "plm-auxiliary",
    )  # fmt: skip


def _always(found: Hausman) -> Figures:
    """The test as programs print it, with a p-value whether or not it is a chi-squared variable."""
    p = float(stats.chi2.sf(found.stat, found.df))
    return {"chi2": found.stat, "df": found.df, "p": p}


def _long_panel(name: str) -> Iterator[Block]:
    pooled = fixed(name, "none")
    command = "pooling"
    coef, se = _labelled("coef", pooled.coef), _labelled("se", pooled.classical["se"])
    yield Block("pooled OLS", "", PLM, FIXED, command, coef)
    yield Block("pooled OLS", "classical", PLM, FIXED, command, se)
    yield from _fixed_effects(name, "within individual", "entity")
    yield from _fixed_effects(name, "within twoways", "twoway")
    yield from _robust(name)
    yield from _random(name)
    yield from _hausman(name)


def _holed_panel(name: str) -> Iterator[Block]:
    yield from _fixed_effects(name, "within individual", "entity")
    yield from _fixed_effects(name, "within twoways", "twoway")
    yield from _random(name)
    yield from _random(name, time_dummies=True)
    yield from _hausman(name)


def _training(name: str) -> Iterator[Block]:
    yield from _fixed_effects(name, "within individual", "entity")
    yield from _random(name, extra=("union",))


def _cross_section(name: str) -> Iterator[Block]:
    found = schooling(name)
    n, k, q = found.nobs, len(found.x) + 1, len(found.instruments)
    # With one row a cluster ours is G/(G-1) (n-1)/(n-k) = n/(n-k): HC1.
    robust = _labelled("se", found.clustered["se"])
    y = people(name).loc[found.residuals.index, "lwage"]
    r2 = 1 - found.rss / float(((y - y.mean()) ** 2).sum())
    first = found.first_stage.loc["educ"]
    exogeneity = {"statistic": found.wu_hausman.stat, "p": found.wu_hausman.p}
    weak = {"statistic": float(first["f"]), "p": float(first["f_p"])}
    over: dict[str, float] = {}
    if found.overid is not None:
        sargan = found.overid.loc["sargan"]
        over = {"statistic": float(sargan["stat"]), "p": float(sargan["p"])}

    ivreg = "ivreg"
    r2s = {"R2": r2, "adj R2": 1 - (1 - r2) * (n - 1) / (n - k)}
    yield Block("2SLS", "", AER, IV, ivreg, _labelled("coef", found.coef) | r2s)
    classical = _labelled("se", found.classical["se"])
    yield Block("2SLS", "classical df-adjusted", AER, IV, ivreg, classical)
    yield Block("2SLS", "HC1", AER, IV, f"{ivreg}, vcovHC HC1", robust)
    named = _labelled("se", standard_errors(found, "CR0")["se"])
    yield Block("2SLS", "HC0", AER, IV, f"{ivreg}, vcovHC HC0", robust, named, "CR0")
    for test, figures in (
        ("Wu-Hausman", exogeneity), ("Weak instruments", weak), ("Sargan", over),
    ):  # fmt: skip
        label = f"{ivreg}, diagnostics"
        yield Block(f"2SLS diagnostics: {test}", "classical", AER, IV, label, figures)
    for test, figures in (("wh", exogeneity), ("ivf", weak), ("ivwald", weak), ("sargan", over)):
        figures = {key.replace("statistic", "stat"): value for key, value in figures.items()}
        yield Block(f"fixest fitstat {test}", "iid", FIXEST, IV, "fitstat", figures)
    theirs = found.cragg_donald * (n - q - 2) / (n - q - k + 1)
    yield Block(
        "fixest fitstat cd", "iid", FIXEST, IV, "fitstat",
        {"stat": found.cragg_donald}, {"stat": theirs}, "fixest-cd",
    )  # fmt: skip


_BLOCKS: dict[str, Callable[[str], Iterator[Block]]] = {
    "Grunfeld11": _long_panel,
    "Produc": _long_panel,
    "Produc-holed": _holed_panel,
    "jtrain": _training,
    **dict.fromkeys(CROSS_SECTIONS, _cross_section),
}


# -- the register ---------------------------------------------------------------------------------


def compared(name: str) -> pd.DataFrame:
    """Every reference figure of a data set that we compute, ours beside it.

    Parameters
    ----------
    name : str
        A key of `DATASETS`.

    Returns
    -------
    DataFrame
        ``dataset``, ``family``, ``estimator``, ``se_type``, ``producer``, ``command``,
        ``statistic``, ``theirs`` (as written), ``ours``, ``digits`` (of ours), ``convention``
        (empty where it is ours), ``named``, ``named_digits`` (under it), ``verdict`` (of
        `VERDICTS`), ``published_source``.

    Raises
    ------
    DataError
        There is no such data set.
    """
    if name not in DATASETS:
        raise DataError(f"data set {name!r}: expected one of {', '.join(DATASETS)}")
    mine = {}
    for block in _BLOCKS[name](name):
        for statistic in block.ours:
            key = (block.estimator, block.covariance, block.producer, statistic)
            mine[key] = block
    made = []
    for row in reference().query("dataset == @name").to_dict("records"):
        found = mine.get((row["estimator"], row["se_type"], row["producer"], row["statistic"]))
        if found is not None:
            made.append(_row(row, found))
    return pd.DataFrame(made)


def _row(row: Mapping[str, Any], block: Block) -> dict[str, Any]:
    statistic, theirs = row["statistic"], row["value"]
    decimals = STATA_DECIMALS if block.producer == STATA else None
    ours = float(block.ours[statistic])
    named = ours if block.named is None else float(block.named[statistic])
    agree, named_agree = (digits(value, theirs, decimals) for value in (ours, named))
    printed = digits(float(theirs), theirs, decimals)
    data = DATASETS[row["dataset"]].digits
    least = min(printed, data)
    if agree >= least and agree >= ENOUGH:
        verdict = "same"
    elif agree >= least:
        verdict = "same as printed" if agree >= printed else "same as the data allow"
    else:
        verdict = "convention" if block.convention and named_agree >= least else "differs"
    return {
        "dataset": row["dataset"],
        "family": block.family,
        "estimator": row["estimator"],
        "se_type": row["se_type"],
        "producer": block.producer,
        "command": block.command,
        "statistic": statistic,
        "theirs": theirs,
        "ours": ours,
        "digits": agree,
        "convention": block.convention if verdict == "convention" else "",
        "named": named,
        "named_digits": named_agree,
        "verdict": verdict,
        "published_source": row["published_source"],
    }


@cache
def register() -> pd.DataFrame:
    """All data sets of `compared`, one below the other."""
    return pd.concat([compared(name) for name in DATASETS], ignore_index=True)


def not_compared() -> pd.DataFrame:
    """Reference figures that have no figure of ours beside them, and why.

    Returns
    -------
    DataFrame
        The columns of `reference`, and ``why``: the first pattern of ``not_compared.csv`` that is
        found in "estimator | se_type | statistic", empty where there is none.
    """
    keys = ["dataset", "estimator", "se_type", "producer", "statistic"]
    rows, done = reference(), register()
    met = pd.MultiIndex.from_frame(rows[keys]).isin(pd.MultiIndex.from_frame(done[keys]))
    rows = rows[~met]
    labels = rows["estimator"] + " | " + rows["se_type"] + " | " + rows["statistic"]
    excuses = pd.read_csv(FOLDER / "not_compared.csv")
    pairs = list(zip(excuses["pattern"], excuses["why"], strict=True))
    return rows.assign(
        why=[next((why for pattern, why in pairs if re.search(pattern, x)), "") for x in labels]
    )


def summary() -> pd.DataFrame:
    """Figures by family: how many, how many under each verdict, and the fewest digits.

    Returns
    -------
    DataFrame
        Index `FAMILIES`; ``figures``, the `VERDICTS`, and ``digits``: the fewest in which a figure
        agrees, under the convention of its program.
    """
    rows = register()
    by_family = rows.groupby("family")
    counts = pd.crosstab(rows["family"], rows["verdict"]).reindex(
        index=list(FAMILIES), columns=list(VERDICTS), fill_value=0
    )
    counts.insert(0, "figures", by_family.size())
    return counts.assign(digits=by_family["named_digits"].min())


def worst(family: str) -> pd.DataFrame:
    """A row for each data set, command and convention of a family: the figure that agrees least.

    Returns
    -------
    DataFrame
        The columns of `compared`, and ``figures``: how many the row stands for.
    """
    rows = register().query("family == @family")
    keys = ["dataset", "producer", "command", "convention"]
    groups = rows.groupby(keys, sort=False)
    found = rows.loc[groups["digits"].idxmin()]
    return found.merge(groups.size().rename("figures").reset_index(), on=keys)


_SHORT = {
    PLM: "plm", PARTS: "plm", FIXEST: "fixest", LM: "R", AER: "AER",
    STATSMODELS: "statsmodels", STATA: "Stata",
}  # fmt: skip


def table(family: str) -> pd.DataFrame:
    """`worst` as strings for a page: both figures, digits, and the name of a convention."""

    def label(row: Any) -> str:
        effects = {"within individual": "one-way, ", "within twoways": "two-way, "}
        # Of the statistics that carry a remark in brackets, the name.
        statistic = row.statistic.split(" (plm")[0].removeprefix("fixest ")
        test = re.search(r"(?:diagnostics:|fitstat) (.*)", row.estimator)
        return effects.get(row.estimator, f"{test[1]}, " if test else "") + statistic

    def figure(value: float) -> str:
        return "–" if np.isnan(value) else f"{value:.7g}".replace("-", "\N{MINUS SIGN}")

    rows = worst(family)
    return pd.DataFrame(
        {
            "Against": [
                f"{DATASETS[row.dataset].title}; {_SHORT[row.producer]}: {row.command}"
                for row in rows.itertuples()
            ],
            "Figure": [label(row) for row in rows.itertuples()],
            "Theirs": [figure(float(value)) for value in rows["theirs"]],
            "Ours": [figure(value) for value in rows["ours"]],
            "Digits": [f"{value:.0f}" for value in np.floor(rows["digits"])],
            "By name": [
                f"{row.convention}: {np.floor(row.named_digits):.0f}" if row.convention else "–"
                for row in rows.itertuples()
            ],
            "Of": rows["figures"].astype(str),
        }
    )


# -- conventions that no reference figure shows, live ----------------------------------------------


def choices(rows: pd.DataFrame, terms: Sequence[str]) -> pd.DataFrame:
    """Numbers of one of the book's regressions that depend on a convention, each in two ways.

    Parameters
    ----------
    rows : DataFrame
        ``city_code``, ``year``, ``y`` and the terms.
    terms : sequence of str
        The first one is the slope that is shown.

    Returns
    -------
    DataFrame
        ``number``, ``here``, ``elsewhere``, and ``how`` it is made there.
    """
    found = two_way_fe(rows, "y", terms)
    used = rows.loc[found.residuals.index]
    years = pd.get_dummies(used["year"], prefix="year", dtype=float).iloc[:, 1:]
    with_years = two_way_fe(used.join(years), "y", [*terms, *years], "entity")
    kept = without_singletons(used)
    fewer = two_way_fe(kept, "y", terms)
    lm = terms[0]
    effects = [
        random_effects(used, "y", terms, components=way).coef[lm]
        for way in ("harmonic", "baltagi-chang")
    ]
    tests = {
        version: hausman(used, "y", terms, version=version).stat
        for version in ("plain", "sigmamore", "sigmaless")
    }
    table = [
        ("R², within", found.r2_within, with_years.r2_within, "years as regressors: Stata xtreg"),
        ("Clusters", found.n_clusters, fewer.n_clusters, "cities seen once dropped: reghdfe"),
        (
            "SE, clustered",
            found.clustered.loc[lm, "se"],
            fewer.clustered.loc[lm, "se"],
            "cities seen once dropped: reghdfe",
        ),
        ("Slope, random effects", *effects, "Baltagi and Chang: plm"),
        ("Hausman χ²", tests["plain"], tests["sigmamore"], "sigmamore"),
        ("Hausman χ²", tests["plain"], tests["sigmaless"], "sigmaless"),
    ]
    return pd.DataFrame(table, columns=["number", "here", "elsewhere", "how"])


def without_singletons(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without those that are alone in their city or year, until none is."""
    while True:
        alone = pd.concat(
            [rows.groupby(key)[key].transform("size") == 1 for key in ("city_code", "year")],
            axis=1,
        ).any(axis=1)
        if not alone.any():
            return rows
        rows = rows[~alone]


# -- a second engine, live ------------------------------------------------------------------------


def _feols(formula: str, rows: pd.DataFrame, **options: Any) -> Any:
    # Compiles much of itself: three seconds, for these functions alone.
    import pyfixest
    from pyfixest.demeaners import MapDemeaner

    if "ssc" in options:
        options["ssc"] = pyfixest.ssc(**options["ssc"])
    demeaner = MapDemeaner(fixef_tol=1e-12)
    with warnings.catch_warnings():
        # What it calls in pandas is on its way out.
        warnings.simplefilter("ignore", DeprecationWarning)
        return pyfixest.feols(formula, rows, demeaner=demeaner, **options)


def second_engine(prepared: pd.DataFrame, columns: Sequence[Specification]) -> pd.DataFrame:
    """Columns of the paper's tables by ``pyfixest``, no observation dropped for being alone.

    Parameters
    ----------
    prepared : DataFrame
        As from :func:`lib.specifications.prepare`.
    columns : sequence of Specification

    Returns
    -------
    DataFrame
        A row a slope: ``column``, ``term``, ``coef``, ``their_coef``, ``coef_digits``, ``se``
        (classical), ``their_se``, ``se_digits``.
    """
    made = []
    for spec in columns:
        rows = rows_of(prepared, spec)
        ours = two_way_fe(rows, "y", spec.terms)
        formula = f"y ~ {' + '.join(spec.terms)} | city_code + year"
        model = _feols(formula, rows, vcov="iid", fixef_rm="none")
        coef, se = model.coef(), model.se()
        for term in spec.terms:
            pair = (ours.coef[term], coef[term]), (ours.classical.loc[term, "se"], se[term])
            made.append(
                {"column": spec.column, "term": term}
                | {"coef": pair[0][0], "their_coef": pair[0][1]}
                | {"coef_digits": digits(pair[0][0], repr(float(pair[0][1])))}
                | {"se": pair[1][0], "their_se": pair[1][1]}
                | {"se_digits": digits(pair[1][0], repr(float(pair[1][1])))}
            )
    return pd.DataFrame(made)


def clustered_by_pyfixest(names: int = 20) -> pd.DataFrame:
    """Grunfeld's clustered errors by ``pyfixest``, the firm's column called this and that.

    Written without blanks, as ``firm+year``, an effect has the very name of the cluster.  Which
    effects are nested is then found by name in the order of the formula, and by content in the
    order of a set, which follows the hash seed of the session: either the effects of firms are
    taken for nested, as they are, or both effects are.

    Parameters
    ----------
    names : int
        How many names to try at most until both outcomes were seen.

    Returns
    -------
    DataFrame
        A row a regressor: ``ours``; ``smaller`` and ``larger`` (outcomes of ``pyfixest``);
        ``blanks`` (the formula with blanks); ``full`` (under ``k_fixef="full"``) and ``areg`` (ours
        by that name).
    """
    found, data = fixed("Grunfeld11", "twoway"), panel("Grunfeld11")

    def se(unit: str, formula: str, **options: Any) -> pd.Series:
        formula = f"y ~ {' + '.join(found.x)} | {formula}"
        rows = data.rename(columns={"unit": unit})
        fit = _feols(formula, rows, vcov={"CRV1": unit}, **options)
        return fit.se().loc[list(found.x)]

    seen: list[pd.Series] = []
    for unit in (f"firm{i}" for i in range(names)):
        errors = se(unit, f"{unit}+year")
        if not any(np.allclose(errors, other, rtol=1e-6) for other in seen):
            seen.append(errors)
        if len(seen) == 2:
            break
    outcomes = pd.concat(seen, axis=1)
    return pd.DataFrame(
        {
            "ours": found.clustered["se"],
            "smaller": outcomes.min(axis=1),
            "larger": outcomes.max(axis=1),
            "blanks": se("unit", "unit + year"),
            "full": se("unit", "unit + year", ssc={"k_fixef": "full"}),
            "areg": standard_errors(found, "areg")["se"],
        }
    )
