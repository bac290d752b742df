"""What the audit found: one row per finding, each made from the computation that it rests on.

A finding is written only while its computation gives it: with other printed cells, other claims
or another roster it changes its figures, or goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from lib import audit, claims, panel
from lib.feasibility import Summary
from lib.tables import Table, number, p_value
from lib.wording import count, listed

KINDS = (
    "substantive",
    "statement against table",
    "definition",
    "convention",
    "typing slip",
)
WEIGHTS = {
    3: "high",  # a conclusion of the paper rests on it
    2: "medium",  # a reader cannot check or redo a step without settling it
    1: "low",  # no conclusion depends on it
}


@dataclass(frozen=True)
class Finding:
    """Something that the printed text, equations and tables say of themselves.

    Attributes
    ----------
    place : str
        Where in the paper.
    statement : str
        One sentence.
    kind : str
        One of ``KINDS``.
    weight : int
        One of ``WEIGHTS``.
    function : str
        What computes it, as ``audit.check_stars``; "by reading" where nothing does.
    label : str
        Label of the section that shows the computation.
    """

    place: str
    statement: str
    kind: str
    weight: int
    function: str
    label: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r}: expected one of {', '.join(KINDS)}")
        if self.weight not in WEIGHTS:
            expected = ", ".join(map(str, WEIGHTS))
            raise ValueError(f"weight {self.weight!r}: expected one of {expected}")


@dataclass(frozen=True)
class Evidence:
    """All that the audit computed, as its functions return it."""

    cells: pd.DataFrame
    checks: pd.DataFrame
    held: pd.DataFrame
    hausman: pd.DataFrame
    mobility: audit.MobilityRange
    agglomeration: pd.DataFrame
    reaches: pd.DataFrame
    unions: pd.DataFrame
    differences: pd.DataFrame
    power: pd.DataFrame
    judged: pd.DataFrame
    unmentioned: pd.DataFrame

    def verdict(self, claim: str) -> str:
        """Verdict on one claim, by its id."""
        return self.judged.set_index("id").loc[claim, "verdict"]


def gather(
    printed: pd.DataFrame | None = None,
    data: pd.DataFrame | None = None,
    cities: pd.DataFrame | None = None,
) -> Evidence:
    """Run the whole audit.

    Parameters
    ----------
    printed, data, cities : DataFrame, optional
        As from :func:`lib.audit.load`, :func:`lib.panel.load_indicators` and
        :func:`lib.panel.load_cities`, which is where they come from if not given.
    """
    printed = audit.load() if printed is None else printed
    data = panel.load_indicators() if data is None else data
    cities = panel.load_cities() if cities is None else cities
    cells = audit.coefficients(printed)
    made = claims.load()
    return Evidence(
        cells=cells,
        checks=audit.check_stars(cells),
        held=audit.terms(printed),
        hausman=audit.hausman_rows(printed),
        mobility=audit.mobility_range(data),
        agglomeration=audit.agglomeration_range(),
        reaches=audit.cities_by_reach(cities),
        unions=audit.unions_of_provinces(cities),
        differences=audit.differences(cells),
        power=audit.power(cells),
        judged=claims.judge(made, printed),
        unmentioned=claims.unmentioned(made, printed),
    )


def collect(
    evidence: Evidence, others: Sequence[Finding | None] = ()
) -> tuple[Finding, ...]:
    """The findings: by kind in the order of ``KINDS``, the weightier first within a kind.

    Parameters
    ----------
    others : sequence of Finding or None
        From computations elsewhere in the book; they stand before ours of their kind and weight.
        None is left out.
    """
    ours = [build(evidence) for build in _BUILDERS]
    there = [finding for finding in [*others, *ours] if finding is not None]
    return tuple(sorted(there, key=lambda f: (KINDS.index(f.kind), -f.weight)))


def of_feasibility(result: Summary) -> Finding | None:
    """The finding of :mod:`lib.feasibility`; None if some split of the cities is possible."""
    if result.feasible:
        return None
    return Finding(
        "Tables 1 to 3, Adj. R²",
        f"However the 41 cities divide into reaches ({result.splits} ways), the Adj. R² of the "
        "three tables cannot come from one balanced panel with city and year effects: Table 1 "
        f"prints {number(result.printed)}, and Tables 2 and 3 leave room for "
        f"{number(result.highest)} at most.",
        "substantive",
        3,
        "feasibility.summary",
        "sec-feasibility",
    )


# --- one function a finding, in the order of rank among equals --------------------------------


def _turning_point(e: Evidence) -> Finding | None:
    periods = e.differences[e.differences["shared"]]
    if (periods["least_p"] < 0.05).any():
        return None
    p = periods.set_index("symbol")
    return Finding(
        "Section 4.3; Table 2",
        "No coefficient of Table 2 differs between the periods at 5 %, whatever the correlation "
        f"between the two estimates: p = {p_value(p.loc['LM', 'p'])} for LM and "
        f"{p_value(p.loc['IA', 'p'])} for IA if they are independent, and at the very least "
        f"{p_value(p.loc['LM', 'least_p'])} and {p_value(p.loc['IA', 'least_p'])}.",
        "substantive",
        3,
        "audit.differences",
        "sec-audit-comparisons",
    )


def _gap(e: Evidence) -> Finding | None:
    about_gap = e.judged[e.judged["relation"] == "about=gap"]
    n = int((about_gap["verdict"] == "cannot be checked").sum())
    if not n:
        return None
    return Finding(
        "Sections 4.1, 4.3 and 4.4",
        f"{count(n).capitalize()} sentences read a coefficient as an effect on the gap between "
        "regions, LM as widening it in 4.1 and as balancing it in 4.4; the outcome of every column "
        "is a level, and an effect on a level does not say what becomes of the gap.",
        "substantive",
        3,
        "claims.judge",
        "sec-audit-claims",
    )


def _columns_and_equations(e: Evidence) -> Finding | None:
    product = e.held["Model 2"]
    alone = product["LM × IA"] and not (product["LM"] or product["IA"])
    table1 = audit.departures(e.held).query("heading in ('Model 1', 'Model 2')")
    fits = (table1["lacks"].str.len() + table1["adds"].str.len()) == 0
    if not alone or fits.any():
        return None
    return Finding(
        "Equations (1) and (2); Table 1",
        "No column of Table 1 has the regressors of either equation, and Model 2 has the product "
        "without LM and IA, so that its coefficient is not the interaction effect that Section "
        "2.3 describes.",
        "substantive",
        3,
        "audit.departures",
        "sec-audit-terms",
    )


def _reaches(e: Evidence) -> Finding | None:
    reaches = e.differences[~e.differences["shared"]]
    if (reaches["least_p"] < 0.10).any():
        return None
    return Finding(
        "Section 4.4; Table 3",
        "No coefficient of Table 3 differs between any two reaches at 10 %; the smallest of the "
        f"{len(reaches)} p-values is {p_value(reaches['p'].min())}, so that the contrast drawn "
        "between the lower reach and the others is one of stars.",
        "substantive",
        2,
        "audit.differences",
        "sec-audit-comparisons",
    )


def _two_stage(e: Evidence) -> Finding | None:
    two_stage = e.judged[e.judged["cells"].str.startswith("2sls/")]
    if not (two_stage["verdict"] == "cannot be checked").all():
        return None
    return Finding(
        "Section 4.2",
        f"The {count(len(two_stage))} statements on two-stage least squares rest on instruments, "
        "estimates and tests of which none is printed: robustness is stated and not shown.",
        "substantive",
        2,
        "claims.judge",
        "sec-audit-claims",
    )


def _power(e: Evidence) -> Finding | None:
    short = int((e.power["ratio"] < 1).sum())
    if not short:
        return None
    again = audit.joint(e.power["sign_and_star"])
    return Finding(
        "Tables 1 to 3",
        f"{short} of the {len(e.power)} printed coefficients are smaller than what their own "
        "column detects with a power of 80 % at 5 %; were all of them true, a repetition would be "
        f"expected to find the sign and a star, or none, as printed in {number(again.expected, 1)} "
        f"of the {len(e.power)}.",
        "substantive",
        2,
        "audit.power",
        "sec-audit-power",
    )


def _product(e: Evidence) -> Finding | None:
    left = e.unmentioned
    if left.empty or set(left["symbol"]) != {"LM × IA"}:
        return None
    starred = int((left["printed_stars"] != "").sum())
    return Finding(
        "Sections 2.3 and 4",
        "The product, for which Section 2.3 states an expectation, is estimated "
        f"{count(len(left))} times and carries a star in {count(starred)}; Section 4 "
        "does not mention it.",
        "substantive",
        1,
        "claims.unmentioned",
        "sec-audit-claims",
    )


def _direction(e: Evidence) -> Finding | None:
    if {e.verdict("period_ia_direction"), e.verdict("period_ia_level")} != {"does not hold"}:
        return None
    ia = e.cells[e.cells["row"] == "ia"].set_index("column")
    first, second = ia.loc["2008-2016"], ia.loc["2017-2023"]
    return Finding(
        "Section 4.3, point 2; Table 2",
        "IA is said to change direction and to be significant at 5 % afterwards; the table has "
        f"{number(first['printed'])}{first['printed_stars']} before and "
        f"{number(second['printed'])}{second['printed_stars']} after, of one sign and at 10 %.",
        "statement against table",
        3,
        "claims.judge",
        "sec-audit-claims",
    )


def _nesting(e: Evidence) -> Finding | None:
    if e.verdict("model2_extends") != "does not hold":
        return None
    return Finding(
        "Section 4.1; Table 1",
        "Model 2 is said to add the controls to Model 1; in the table it drops both regressors of "
        "Model 1.",
        "statement against table",
        2,
        "claims.judge",
        "sec-audit-claims",
    )


def _weight_of_mobility(e: Evidence) -> Finding | None:
    if e.verdict("period_lm_weight") != "does not hold":
        return None
    lm = e.power[e.power["row"] == "lm"].set_index("column")
    before, after = lm.loc["2008-2016"], lm.loc["2017-2023"]
    return Finding(
        "Section 4.3, point 1; Table 2",
        "The step of LM from 10 to 5 % is taken as a sign of more weight, while its coefficient "
        f"falls from {number(before['printed'])} to {number(after['printed'])} and its standard "
        f"error from {number(before['se'])} to {number(after['se'])}.",
        "statement against table",
        2,
        "claims.judge",
        "sec-audit-claims",
    )


def _start(e: Evidence) -> Finding | None:
    if e.verdict("period_ia_start") != "does not hold":
        return None
    return Finding(
        "Section 4.3; Table 2",
        "The change is dated from 2016 on, and the column headings put 2016 into the first period.",
        "statement against table",
        1,
        "claims.judge",
        "sec-audit-claims",
    )


def _sample(e: Evidence) -> Finding | None:
    every = e.reaches.loc["all"]
    if 41 in (every["cities"], every["named"]):
        return None
    return Finding(
        "Sections 3.2 and 4.4",
        f"The Belt has {every['cities']} cities of prefecture rank or above, the provinces named "
        f"for the three reaches have {every['named']}; no list says which 41 are the sample.",
        "definition",
        2,
        "audit.cities_by_reach",
        "sec-audit-sample",
    )


def _mobility(e: Evidence) -> Finding | None:
    if e.mobility.smallest <= 0:
        return None
    return Finding(
        "Section 3.1; equation (3)",
        "LM is said to be negative where workers leave; equation (3) as printed is negative only "
        f"if a city loses {number(100 * e.mobility.loss_needed, 0)} % of its residents in a year, "
        f"and its smallest value on the official panel is {number(e.mobility.smallest, 2)}.",
        "definition",
        2,
        "audit.mobility_range",
        "sec-audit-definitions",
    )


def _agglomeration(e: Evidence) -> Finding | None:
    even = e.agglomeration.loc["even"]
    if even["largest"] == even["stated"]:
        return None
    return Finding(
        "Section 3.1; equation (4)",
        "The index is named after Hoover and said to go to 0 where industry is spread evenly; "
        f"equation (4) gives 1/m there, {number(even['largest'])} with 41 cities, and its mean "
        "over the cities is 1/m always, so that it cannot rise or fall for the Belt as a whole.",
        "definition",
        2,
        "audit.agglomeration_range",
        "sec-audit-definitions",
    )


def _purpose_of_hausman(e: Evidence) -> Finding | None:
    if e.verdict("hausman_purpose") != "cannot be checked":
        return None
    return Finding(
        "Section 4.1, first sentence",
        "Hausman's test is said to examine the effects of LM and IA; it compares two estimators "
        "of them.",
        "definition",
        1,
        "claims.judge",
        "sec-audit-claims",
    )


def _errors(e: Evidence) -> Finding | None:
    rules = audit.rules_compared(e.checks)["failing"]
    more = [label for label in rules["t(G − 1)"] if label not in rules["N(0,1)"]]
    if not more:
        return None
    return Finding(
        "Notes below Tables 1 to 3",
        "It is not said which standard errors the t-values use; read against t(G − 1), as errors "
        f"clustered by city ask for, {count(len(more))} more cells lose a star: {listed(more)}.",
        "convention",
        2,
        "audit.rules_compared",
        "sec-audit-stars",
    )


def _hausman(e: Evidence) -> Finding | None:
    unsupported = e.hausman[e.hausman["fixed"] & ~e.hausman["at_5"]]
    if unsupported.empty:
        return None
    rescue = "; at 10 % it does in every column" if e.hausman["at_10"].all() else ""
    return Finding(
        "Tables 1 to 3, Hausman rows",
        f"Fixed effects are used in all {count(len(e.hausman))} columns, and in "
        f"{count(len(unsupported))} of them ({listed(list(unsupported['heading']))}) the printed "
        f"p-value does not reject random effects at 5 %{rescue}.",
        "convention",
        2,
        "audit.hausman_rows",
        "sec-audit-hausman",
    )


def _short_of_ten(e: Evidence) -> Finding | None:
    found = audit.unearned(e.checks)
    weaker = found[~found["stronger"]]
    if weaker.empty:
        return None
    common = set.intersection(*map(set, weaker["rescued_by"]))
    rescue = [rule for rule in ("1.64, 1.96, 2.58",) if rule in common]
    cells = [f"{c.label} with {number(c.printed_t)}" for c in weaker.itertuples()]
    rescued = "; a cut-off of 1.645 rounded to 1.64 would" if rescue else ""
    return Finding(
        "Tables 1 to 3",
        f"{count(len(weaker)).capitalize()} t-values do not earn their star by any two-sided rule, "
        f"wherever within its rounding the t lies: {listed(cells)}{rescued}.",
        "convention",
        1,
        "audit.unearned",
        "sec-audit-stars",
    )


def _on_the_line(e: Evidence) -> Finding | None:
    normal = e.checks[e.checks["rule"] == "N(0,1)"]
    edge = normal[~normal["agrees"] & normal["possible"]]
    if edge.empty:
        return None
    cells = [f"{c.label} with a t of {number(c.printed_t)}" for c in edge.itertuples()]
    return Finding(
        "Table 2",
        f"Rounding leaves open whether {listed(cells)} is significant at 10 or at 5 % by N(0,1), "
        "and the change of level described in the text with it.",
        "convention",
        1,
        "audit.check_stars",
        "sec-audit-stars",
    )


def _stronger(e: Evidence) -> Finding | None:
    found = audit.unearned(e.checks)
    stronger = found[found["stronger"]]
    if list(stronger["row"]) != ["rissl"] or e.verdict("rissl_level") != "holds in part":
        return None
    cells = [
        f"{c.label} has {c.printed_stars} and a t of {number(c.printed_t)}, which earns {c.mark}"
        for c in stronger.itertuples()
    ]
    return Finding(
        "Table 1",
        f"{listed(cells)}, and the text says 1 % as well.",
        "typing slip",
        1,
        "audit.unearned",
        "sec-audit-stars",
    )


def _index_of_sums(e: Evidence) -> Finding:
    return Finding(
        "Section 3.1, below equation (4)",
        "The sums over regions inside LQ run to n, the number of industries; m, the number of "
        "regions, must be meant.",
        "typing slip",
        1,
        "by reading",
        "sec-audit-definitions",
    )


_BUILDERS: tuple[Callable[[Evidence], Finding | None], ...] = (
    _turning_point,
    _gap,
    _columns_and_equations,
    _reaches,
    _two_stage,
    _power,
    _product,
    _direction,
    _nesting,
    _weight_of_mobility,
    _start,
    _sample,
    _mobility,
    _agglomeration,
    _purpose_of_hausman,
    _errors,
    _hausman,
    _short_of_ten,
    _on_the_line,
    _stronger,
    _index_of_sums,
)


# --- the table ----------------------------------------------------------------------------------

_LINK = re.compile(r"\{ref\}`([^`<]+?) <[^`>]+>`")


class FindingsTable(Table):
    """A table whose cells may hold ``{ref}`` links; where nothing resolves them, their words."""

    def _words(self) -> Table:
        frame = self.frame.map(lambda cell: _LINK.sub(r"\1", cell))
        return Table(frame, self.caption, self.name, self.note, self.text_columns)

    def __repr__(self) -> str:
        return repr(self._words())

    def _repr_html_(self) -> str:
        return self._words()._repr_html_()

    def _repr_latex_(self) -> str:
        return self._words()._repr_latex_()


def findings_table(
    found: Sequence[Finding], caption: str, name: str, note: str = ""
) -> FindingsTable:
    """The findings in the order given, each with a link to the section that computes it."""
    rows = [
        {
            "": str(rank),
            "Finding": finding.statement.replace(" %", "\N{NO-BREAK SPACE}%"),
            "Where": finding.place,
            "Kind, weight": f"{finding.kind}, {WEIGHTS[finding.weight]}",
            "Computed by": f"{{ref}}`{finding.function} <{finding.label}>`",
        }
        for rank, finding in enumerate(found, start=1)
    ]
    words = ("Finding", "Where", "Kind, weight", "Computed by")
    return FindingsTable(pd.DataFrame(rows), caption, name, note, words)
