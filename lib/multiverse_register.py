"""The multiverse: choices, options, exclusions, and the claims that are put to it.

A *specification* takes one option of every choice and belongs to a *scope*: the whole period
(Table 1), a period (Table 2), the change between the two, or a reach (Table 3).  A *claim* is a
printed coefficient, its sign and its stars, or the change of one at 2016.  Two files say what is
admitted and why: ``data/multiverse.csv`` lists options, ``data/multiverse_exclusions.csv`` the
combinations that are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from lib import published
from lib.estimation import partial_correlation
from lib.panel import DATA, DataError
from lib.specifications import CONTROLS, SPECIFICATIONS, SYMBOL

CHOICES = (
    "outcome", "mobility", "agglomeration", "product", "controls", "sample", "effects", "errors",
)  # fmt: skip
SCOPES = ("whole", "2008-2016", "2017-2023", "change", "upper", "middle", "lower")
TERMS = ("lm", "ia", "lm_ia", *CONTROLS)
# What makes one regression; errors are read off it without another one.
KEY = ("scope", *CHOICES[:-1])
PERIODS = ("2008-2016", "2017-2023")
CHANGE = "Change at 2016"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One printed coefficient, or the change of one at 2016.

    Attributes
    ----------
    table : int
    scope, term : str
        Of ``SCOPES`` and ``TERMS``.
    label : str
        As ``Upper reach: LM``.
    printed, t : float
        Coefficient and t; of a change, the difference (second period less first) and its t as
        if the two were independent.
    stars : str
        As printed; of a change, ``**``, since the text calls it significant at 5 %.
    r : float
        Partial correlation behind `t`, with :func:`lib.published.printed_df`.
    """

    table: int
    scope: str
    term: str
    label: str
    printed: float
    t: float
    stars: str
    r: float

    @property
    def sign(self) -> int:
        """1 or -1."""
        return 1 if self.printed > 0 else -1

    @property
    def starred(self) -> bool:
        """Whether the paper calls it significant at 10 % or better."""
        return self.stars != ""


@cache
def claims() -> tuple[Claim, ...]:
    """The printed coefficients in the order of the tables, then the two changes at 2016."""
    found, df = [], {}
    for spec in SPECIFICATIONS:
        scope = spec.column if spec.table > 1 else "whole"
        df[spec.column] = published.printed_df(spec)
        cells = published.coefficients(spec.table)
        for cell in cells[cells["column"] == spec.column].itertuples():
            where = f"Table 1: {SYMBOL[cell.row]}" if spec.table == 1 else None
            found.append(
                Claim(
                    table=spec.table,
                    scope=scope,
                    term=cell.row,
                    label=where or f"{spec.heading}: {SYMBOL[cell.row]}",
                    printed=cell.coef,
                    t=cell.t,
                    stars=cell.stars,
                    r=_r(cell.t, df[spec.column]),
                )
            )
    early, late = ({c.term: c for c in found if c.scope == period} for period in PERIODS)
    for term in ("lm", "ia"):
        one, two = early[term], late[term]
        t = (two.printed - one.printed) / np.hypot(one.printed / one.t, two.printed / two.t)
        found.append(
            Claim(
                table=2,
                scope="change",
                term=term,
                label=f"{CHANGE}: {SYMBOL[term]}",
                printed=two.printed - one.printed,
                t=float(t),
                stars="**",
                r=_r(t, sum(df[period] for period in PERIODS)),
            )
        )
    return tuple(found)


def _r(t: float, df: int) -> float:
    return float(partial_correlation(t, df)["r"].iloc[0])


def register(path: Path = DATA / "multiverse.csv") -> pd.DataFrame:
    """The options: ``choice, option, label, what, why, place``, in the order of the file.

    Raises
    ------
    lib.panel.DataError
        A choice is unknown or has no option, or an option is listed twice.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    unknown = sorted(set(frame["choice"]) ^ set(CHOICES))
    if unknown:
        raise DataError(
            f"{path.name}: found choices that differ from {', '.join(CHOICES)}: {unknown}"
        )
    twice = frame[frame.duplicated(["choice", "option"])]
    if len(twice):
        choice, option = twice.iloc[0][["choice", "option"]]
        raise DataError(f"{path.name}: {choice}={option}: found twice, expected once")
    return frame


@cache
def options(choice: str) -> tuple[str, ...]:
    """Options of a choice, of ``scope`` or of ``term``, in their order.

    Raises
    ------
    lib.panel.DataError
        There is no such choice.
    """
    fixed = {"scope": SCOPES, "term": TERMS}
    if choice in fixed:
        return fixed[choice]
    if choice not in CHOICES:
        raise DataError(f"choice: found {choice!r}; expected one of {', '.join(CHOICES)}")
    frame = register()
    return tuple(frame.loc[frame["choice"].eq(choice), "option"])


def exclusions(path: Path = DATA / "multiverse_exclusions.csv") -> pd.DataFrame:
    """What is left out: ``id, choice, options, against, against_options, why``.

    A combination is excluded if it takes one of `options` (separated by ``|``) and one of
    `against_options` of another choice, scope or term.  Where `against` is empty, the options
    are readings that were considered and never admitted.

    Raises
    ------
    lib.panel.DataError
        A rule names an option that there is not, or a never-admitted one is in the register.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for rule in frame.itertuples():
        pairs = [(rule.choice, rule.options), (rule.against, rule.against_options)]
        for choice, names in pairs if rule.against else pairs[:1]:
            known = set(options(choice))
            for name in names.split("|"):
                if (name in known) != bool(rule.against):
                    state = "not in the register" if rule.against else "in the register"
                    raise DataError(f"{path.name}: rule {rule.id}: {choice}={name} is {state}")
    return frame


@dataclass(frozen=True)
class _Rule:
    """Options of one choice that do not go with options of another."""

    choice: str
    options: frozenset[str]
    against: str
    against_options: frozenset[str]

    def forbids(self, **chosen: str) -> bool:
        one, two = chosen.get(self.choice), chosen.get(self.against)
        return one in self.options and two in self.against_options


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            rule.choice,
            frozenset(rule.options.split("|")),
            rule.against,
            frozenset(rule.against_options.split("|")),
        )
        for rule in exclusions().itertuples()
        if rule.against
    )


def _product(names: tuple[str, ...]) -> pd.DataFrame:
    levels = {name: options(name) for name in names}
    codes = np.indices([len(found) for found in levels.values()]).reshape(len(names), -1)
    return pd.DataFrame(
        {
            name: pd.Categorical.from_codes(code, found)
            for (name, found), code in zip(levels.items(), codes, strict=True)
        }
    )


def universe(admit_all: bool = False) -> pd.DataFrame:
    """Every admitted specification, one a row: the columns ``KEY``, all categorical.

    Parameters
    ----------
    admit_all : bool
        The full product of options and scopes, before exclusions.
    """
    frame = _product(KEY)
    if admit_all:
        return frame
    admitted = np.ones(len(frame), dtype=bool)
    for rule in _rules():
        if {rule.choice, rule.against} <= set(KEY):
            forbidden = frame[rule.choice].isin(rule.options)
            forbidden &= frame[rule.against].isin(rule.against_options)
            admitted &= ~forbidden.to_numpy()
    return frame[admitted].reset_index(drop=True)


@cache
def admitted_terms(scope: str, product: str, controls: str) -> tuple[str, ...]:
    """Terms of a regression that a claim is about, by the exclusions; may be empty."""
    chosen = {"scope": scope, "product": product, "controls": controls}
    return tuple(t for t in TERMS if not any(r.forbids(**chosen, term=t) for r in _rules()))


def coefficients() -> pd.DataFrame:
    """Every admitted specification with every term that a claim is about: ``KEY`` and ``term``."""
    frame = universe()
    sets = frame[["scope", "product", "controls"]]
    found = {
        key: np.array([TERMS.index(term) for term in admitted_terms(*key)])
        for key in sets.drop_duplicates().itertuples(index=False, name=None)
    }
    terms = [found[key] for key in sets.itertuples(index=False, name=None)]
    frame = frame.loc[np.repeat(frame.index, [len(each) for each in terms])]
    return frame.reset_index(drop=True).assign(
        term=pd.Categorical.from_codes(np.concatenate(terms), TERMS)
    )


def numbered(codes: Mapping[str, np.ndarray]) -> np.ndarray:
    """One number for the option codes of ``KEY`` and ``term``, ascending in their order."""
    names = (*KEY, "term")
    shape = [len(options(name)) for name in names]
    return np.ravel_multi_index([codes[name] for name in names], shape)


@cache
def admitted_errors(scope: str) -> tuple[str, ...]:
    """Kinds of errors that are computed in a scope."""
    return tuple(
        kind
        for kind in options("errors")
        if not any(rule.forbids(scope=scope, errors=kind) for rule in _rules())
    )


def counts() -> pd.DataFrame:
    """How many there are, by scope and in all.

    Returns
    -------
    DataFrame
        Index: scopes, then ``all``.  Columns: ``combinations`` (of options, before exclusions),
        ``specifications`` (admitted), ``regressions`` (distinct ones: a centred product beside
        LM and IA is the same regression as the product as printed, and a change is read off the
        two of its periods), ``coefficients`` (specifications times the claims they bear on) and
        ``tests`` (coefficients times kinds of errors).
    """
    every, frame = universe(admit_all=True), universe()
    fitted = frame["product"].ne("centred") & frame["scope"].ne("change")
    size = coefficients().groupby("scope", observed=True).size()
    kinds = pd.Series({scope: len(admitted_errors(scope)) for scope in SCOPES})
    found = pd.DataFrame(
        {
            "combinations": every.groupby("scope", observed=True).size(),
            "specifications": frame.groupby("scope", observed=True).size(),
            "regressions": fitted.groupby(frame["scope"], observed=True).sum(),
            "coefficients": size,
            "tests": size * kinds,
        }
    ).reindex(list(SCOPES))
    return pd.concat([found, found.sum().to_frame("all").T])
