"""The multiverse: its registers, every regression, and the page on which a reader chooses one."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from scipy import stats

from lib import panel, placebo, published, specifications, style, tables, verdicts, within
from lib.estimation import two_way_fe
from lib.specifications import COLUMNS, CONTROLS, FLOW, MODEL1, MODEL2, STOCK
from studies import multiverse
from studies.multiverse import draws, explorer, figures, register
from studies.multiverse.explore import agglomeration, span
from studies.multiverse.shares import SAID

COLUMN = {column.key: column for column in COLUMNS}


@pytest.fixture(scope="module")
def found(data):
    return multiverse.explore(data)


@pytest.fixture(scope="module")
def offer(data, found):
    return explorer.offer(data, found)


# -- registers ------------------------------------------------------------------------------------


def test_rules_name_options_that_there_are():
    printed = {"column": set(COLUMN), "term": {"LM", "IA", "LM_IA", *CONTROLS}}
    path = panel.DATA / "multiverse_exclusions.csv"
    for rule in pd.read_csv(path, keep_default_na=False).itertuples():
        pairs = [(rule.choice, rule.options), (rule.against, rule.against_options)]
        for choice, names in pairs if rule.against else pairs[:1]:
            every = [printed.get(c, {*register.options(c)}) for c in choice.split("|")]
            known, named = set.union(*every), set(names.split("|"))
            # Without a partner the options were considered and never admitted.
            assert named <= known if rule.against else not named & known, rule.id
        assert rule.why.endswith(".")
    table = register.register()
    assert not table.duplicated(["choice", "option"]).any()
    assert table[["label", "what", "why", "place"]].ne("").all(axis=None)
    assert set(table["role"]) == {"estimand", "inside", "apart"}


def test_specifications_counted_by_hand(found):
    # Measures of IA without controls, with five, with seven; three paths.  Output, step and unit:
    # all but the published ones with all rows, half a step alone, and three with recounts out.
    measures, changes = 5 + 4 + 4, (2 * 2 * 2 - 1) + 1 + (2 * 2 - 1)
    assert len(found.of("model1", "LM", "flow", "reg")) == 3 * (
        3 * measures * 2 * 8 + changes * 2
    )  # fmt: skip
    assert len(found.of("model2", "GR", "flow", "reg")) == 3 * (2 * 3 * 8 + changes * 3)
    split = found.of("2008-2016", "LM_IA", "flow", "log_reg")
    assert len(split) == 3 * (2 * 2 * 8 * 2 + 4 * 2)  # no step before 2019
    # In the middle reach no boundary moved, no city is left out, and there is no Delta.
    published = found.of("middle", "LM", "stock", "reg").query(
        "prices == 'constant' and step == 'in'"
    )
    assert set(published["sample"]) == {"belt110", "flags", "steps"}


def test_no_regression_counts_twice(found):
    same = ["column", "term", "mobility", "outcome", "agglomeration", "product", "controls", "nobs"]
    digits = found.estimates["coef"].map("{:.9g}".format)
    assert not found.estimates.assign(coef=digits).duplicated([*same, "coef"]).any()
    assert len(found.repeats) > 0


# -- regressions ----------------------------------------------------------------------------------

SERIES = {"province": "", "city": "_city", "none": "_gross"}


def by_the_thin_lib(data, row):
    """A row of the multiverse through lib.specifications and lib.within."""
    without = row["sample"] if row["sample"] in ("steps", "boundary", "both") else ""
    sample = row["sample"] if row["sample"] in panel.SAMPLES else "belt110"
    reading = replace(
        FLOW, mobility=f"lm_{row['mobility']}{SERIES[row['k']]}", outcome=row["outcome"],
        industry=f"share_{row['agglomeration']}", sample=sample, without=without,
        prices=row["prices"], step=row["step"].removeprefix("in"), unit=row["unit"],
    )  # fmt: skip
    column = COLUMN[row["column"]]
    column = replace(column, years=span(column, row["period"]))
    controls = register.CONTROLS_OF[row["controls"]]
    used = specifications.rows(data, reading, column, terms=["LM", "IA", *controls])
    if row["product"] == "centred":
        used["LM_IA"] = (used["LM"] - used["LM"].mean()) * (used["IA"] - used["IA"].mean())
    main = [] if row["product"] == "alone" else ["LM", "IA"]
    product = [] if row["product"] == "none" else ["LM_IA"]
    x, unit = [*main, *product, *controls], ("city", "spell")
    return within.fit(used, "REG", x, row["effects"], unit=unit, clusters=("city", "province"))


def test_regressions_are_those_of_the_thin_lib(found, data):
    """Drawn by hand: of each column and product, of each path and of each change."""
    every = found.estimates
    inside = every["agglomeration"].isin(["secondary", "tertiary"])
    inside &= ~every["sample"].isin(["flags", "municipalities"])
    shuffled = every[inside].sample(frac=1, random_state=9)
    drawn = pd.concat(
        shuffled.groupby(names).head(1)
        for names in (["column", "product"], ["effects", "mobility", "prices", "step", "unit"])
    )
    assert set(drawn["period"]) == {"headings", "text"} and 0 in set(drawn["provinces"])
    apart = multiverse.explore(
        data, [MODEL1], {"k": ["province"], "controls": ["none"]}, ["entity", "none"]
    ).estimates
    drawn = pd.concat(
        [drawn, apart[apart["agglomeration"].eq("tertiary")].groupby("effects").head(2)]
    )
    for row in drawn.to_dict("records"):
        fit, term = by_the_thin_lib(data, row), row["term"]
        size = [len(fit.rows), len(fit.clusters["city"]), fit.df_resid]
        assert [row["nobs"], row["cities"], row["df"]] == size
        assert row["coef"] == pytest.approx(fit.coef[term], rel=1e-6)
        few = len(fit.clusters["province"]) < 10
        for kind in [kind for kind in verdicts.KINDS if kind != "province" or not few]:
            how = ("jackknife", "province") if kind == "province" else (kind, "city")
            own = fit.table(*how).loc[term]
            assert row[f"se_{kind}"] == pytest.approx(own["se"], rel=1e-6)
            assert row[f"p_{kind}"] == pytest.approx(own["p"], rel=1e-5, abs=1e-12)
        assert row["p"] == (row["p_jackknife"] if few else row["p_province"])
        assert np.isnan(row["p_province"]) == few


def test_measures_of_agglomeration_by_hand():
    frame = pd.DataFrame(
        {
            "year": [2010, 2010],
            "share_primary": [0.1, 0.3],
            "share_secondary": [0.5, 0.5],
            "share_tertiary": [0.4, 0.2],
            "te": [1.0, 3.0],
        }
    )
    expected = {
        "secondary": [1, 1],
        "tertiary": [4 / 3, 2 / 3],
        "mean": [(0.5 + 1 + 4 / 3) / 3, (1.5 + 1 + 2 / 3) / 3],
        "hoover": [0.1, 0.1],
        "employment": [0.5, 1.5],
    }
    assert set(expected) == set(register.options("agglomeration"))
    for option, values in expected.items():
        assert agglomeration(frame, option).to_numpy() == pytest.approx(values)


def test_verdicts_follow_the_rule(found):
    claim = register.claims().iloc[5]
    assert claim["label"] == "Model 2: GR" and len(register.claims()) == 18
    part = multiverse.judged(found).query("label == 'Model 2: GR' and estimand == 'stock, log'")
    own = found.of("model2", "GR", "stock", "log_reg")
    assert len(part) == len(own) and set(part["said"]) > {"cannot tell", "opposed"}
    for row, said in zip(own.itertuples(), part["said"], strict=True):
        few = row.provinces < 10
        by = row.p_jackknife if few else row.p_province
        word = verdicts.verdict(claim["printed"], "***", row.coef, by)
        assert said == word + ", city only" * (few and word != "cannot tell")


def test_shares_are_drawn_by_hand():
    """Bars from left to right in the colours of their verdicts, each panel with its own shares."""
    rows = pd.MultiIndex.from_product([["one", "two"], ["x", "y"]])
    shares = pd.DataFrame(0.0, rows, list(SAID))
    shares["supported, city only"], shares["cannot tell"] = (
        [0.1, 0.2, 0.3, 0.4],
        [0.9, 0.8, 0.7, 0.6],
    )
    chart = figures.bars(shares, "t", "cells")
    light, grey = style.SOFT["supported"], style.VERDICT["cannot tell"]
    for ax, name in zip(chart.figure.axes, ("one", "two"), strict=True):
        assert ax.get_title(loc="left") == name
        bars = {(round(b.get_y() + 0.4), to_hex(b.get_facecolor())): (b.get_x(), b.get_width())
                for b in ax.patches if b.get_width()}  # fmt: skip
        for place, row in enumerate("xy"):
            part = 100 * shares.loc[(name, row), "supported, city only"]
            assert bars[place, light] == pytest.approx((0, part))
            assert bars[place, grey] == pytest.approx((part, 100 - part))
    (legend,) = chart.figure.legends
    words = [text.get_text() for text in legend.get_texts()]
    fills = [to_hex(patch.get_facecolor()) for patch in legend.legend_handles]
    assert dict(zip(words, fills, strict=True)) == {
        "supported, by city only": light,
        "cannot tell": grey,
    }


# -- the explorer ----------------------------------------------------------------------------------

PRINTED = published.coefficients().set_index(["column", "row"])


def test_whole_numbers_are_the_exact_figures_rounded(found, offer):
    cells, exact = offer.cells.iloc[: len(found.estimates)], found.estimates
    names = [*explorer.IDENTITY, *explorer.VARIED]
    assert (cells[names].to_numpy() == exact[names].to_numpy()).all()
    unit = 10.0 ** -(cells["digits"] + explorer.FINER)
    for name in ("coef", *verdicts.KINDS):
        wanted = exact["coef" if name == "coef" else f"se_{name}"]
        assert ((cells[name] * unit - wanted).abs().fillna(0) <= 0.501 * unit).all()
        assert (cells[name].isna() == wanted.isna()).all()
    median = cells["jackknife"].groupby([cells[name] for name in explorer.IDENTITY]).median()
    assert median.between(1e5, 1e6).mean() > 0.9  # six figures
    assert not offer.cells.duplicated([*explorer.IDENTITY, "key"]).any()


def test_as_printed_is_the_ledger(data, offer):
    base = {column.key: explorer.as_printed(column) for column in COLUMNS}
    cells = offer.cells[offer.cells["outcome"].eq("reg")]
    for name in explorer.VARIED:
        cells = cells[cells[name].eq(cells["column"].map({k: v[name] for k, v in base.items()}))]
    held = cells.set_index(["column", "term", "mobility"])
    ledger = verdicts.ledger(data).set_index(["column", "row", "reading"])
    assert len(held) == 46 and held.index.is_unique
    for kind, own in ledger.groupby("errors"):
        cells = held.loc[own.index]
        unit = 10.0 ** -(cells["digits"] + explorer.FINER)
        assert (cells["coef"] * unit).to_numpy() == pytest.approx(own["coef"], rel=1e-2, abs=1e-4)
        assert (cells["coef"] / cells[kind]).to_numpy() == pytest.approx(own["t"], rel=2e-3)
        assert (cells[["nobs", "cities"]].to_numpy() == own[["nobs", "cities"]].to_numpy()).all()
        assert held.loc[held.index.difference(own.index), kind].isna().all()


@pytest.mark.parametrize("prices", ["constant", "current"])
def test_the_ghost_is_the_page_on_the_invented_belt(data, found, offer, prices):
    named = {"constant": "reg", "current": "reg_current"}[prices]
    belt = placebo.belt(data.assign(reg=data[named]))
    only = {"prices": "constant", "step": "in", "unit": "city", "k": "province",
            "controls": "none", "sample": "belt110", "agglomeration": "secondary"}  # fmt: skip
    only = {choice: [option] for choice, option in only.items()}
    alone = multiverse.explore(belt, [MODEL1], only, ["start"]).estimates.query("product == 'none'")
    mine = found.estimates["column"].eq("model1") & found.estimates["effects"].eq("start")
    mine &= found.estimates["prices"].eq(prices) & found.estimates["product"].eq("none")
    for name in set(only) - {"prices"}:
        mine &= found.estimates[name].isin(only[name])
    ghost, cells = found.invented[mine], offer.cells.loc[mine[mine].index]
    for name in ("coef", "se_jackknife", "se_province", "r"):
        assert ghost[name].to_numpy() == pytest.approx(alone[name].to_numpy(), nan_ok=True)
    assert (cells["ghost"] / 1000).to_numpy() == pytest.approx(alone["r"].to_numpy(), abs=0.00051)
    level = np.where(cells["term"].eq("LM"), 0.05, 0.10)
    for bit, p in enumerate(("p", "p_jackknife", "p_clustered", "p_classical")):
        assert ((cells["decides"] // 2**bit % 2) == (alone[p].to_numpy() < level)).all()


def test_what_repeats_has_the_rows_that_it_repeats(data, offer):
    samples, per = register.options("sample"), np.prod(
        [len(register.options(choice)) for choice in explorer.VARIED[1:]]
    )  # fmt: skip
    upper = offer.repeats.query("column == 'upper' and mobility == 'stock'")
    pairs = {(samples[row.key // per], samples[row.of // per]) for row in upper.itertuples()}
    assert ("listed94", "belt110") in pairs  # Anhui has no city of the upper reach
    readings = [replace(STOCK, sample=name) for name in ("listed94", "belt110")]
    one, two = (specifications.rows(data, each, specifications.UPPER) for each in readings)
    assert one[["city", "year", "LM"]].equals(two[["city", "year", "LM"]])
    held = set(offer.cells[["column", "mobility", "key"]].itertuples(index=False, name=None))
    for column, mobility, key, of in offer.repeats.itertuples(index=False):
        assert (column, mobility, of) in held and (column, mobility, key) not in held


def test_most_and_least_favourable_by_brute_force(found, offer):
    main = offer.main("model1", "IA").set_index(["mobility", "outcome", "which"])
    for estimand in register.NAME:
        part = found.of("model1", "IA", *estimand)
        se = part["se_province"].fillna(part["se_jackknife"])
        t = part["coef"] / se  # printed with a plus
        for which, extreme in (("most", t.max()), ("least", t.min())):
            cell = main.loc[(*estimand, which)]
            few = np.isnan(cell["province"])
            se, clusters = ("jackknife", "cities") if few else ("province", "provinces")
            unit = 10.0 ** -(cell["digits"] + explorer.FINER)
            assert cell["coef"] / cell[se] / unit == pytest.approx(extreme, rel=0.001)
            half = stats.t.isf(0.05, cell[clusters] - 1) * cell[se]  # printed at 10 %
            assert (cell["high"] - cell["low"]) / 2 == pytest.approx(half * unit)


def test_text_of_the_data_cannot_leave_its_element(offer, monkeypatch):
    monkeypatch.setattr(explorer.Offer, "payload", lambda self: {"x": "</script><!--<script>"})
    inside = re.search(r'id="explorer-data">(.*?)</script>', offer._repr_html_())[1]
    assert "<" not in inside and "\\u003c/script>" in inside


# -- a control more than the paper has -------------------------------------------------------------

MORE = replace(MODEL2, terms=(*MODEL2.terms, "RDI"))


def test_a_regression_of_ones_own_stands_beside_print(data):
    found = two_way_fe(specifications.rows(data, STOCK, MORE), "REG", MORE.terms)
    assert list(verdicts.compare(MORE, found)["row"]) == list(MODEL2.terms)
    shown = tables.regression({"Stock": found}, printed=MORE)
    assert "RDI" in shown._repr_html_() and "-2.679" in shown._repr_html_().replace("−", "-")


def test_a_control_more_in_model_2_reaches_every_page_that_runs_the_columns(
    data, found, offer, monkeypatch
):
    """What chapter 10 and the explorer run, with the line edited."""
    columns = tuple(MORE if column is MODEL2 else column for column in COLUMNS)
    monkeypatch.setattr(specifications, "MODEL2", MORE)
    for module in (draws, explorer):
        monkeypatch.setattr(module, "COLUMNS", columns)
    monkeypatch.setitem(explorer._COLUMN, "model2", MORE)

    chosen = draws.samples(data, 2)
    drawn = draws.estimate(data, chosen, STOCK)
    own = data[data["city_code"].isin(np.unique(data["city_code"])[chosen[1]])]
    single = two_way_fe(specifications.rows(own, STOCK, MORE), "REG", MORE.terms)
    at = drawn.claims.index[drawn.claims["term"].eq("GR")].item()
    assert drawn.coef[1, at] == pytest.approx(single.coef["GR"], rel=1e-6)

    # What was printed is what the explorer offers.
    assert explorer.offer(data, found).payload() == offer.payload()
