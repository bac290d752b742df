"""The multiverse: its registers, every regression, and the page on which a reader chooses one."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from scipy import stats

from lib import panel, placebo, prose, published, specifications, style, tables, verdicts
from lib.estimation import two_way_fe
from lib.specifications import COLUMNS, CONTROLS, FLOW, MODEL2, STOCK
from lib.within import leave_one_out
from studies import multiverse
from studies.multiverse import draws, explorer, figures, register
from studies.multiverse.explore import agglomeration, span
from studies.multiverse.shares import SAID
from studies.multiverse.shares import verdicts as verdicts_of

COLUMN = {column.key: column for column in COLUMNS}


@pytest.fixture(scope="module")
def found(data):
    return multiverse.explore(data)


# -- registers ------------------------------------------------------------------------------------


def test_rules_name_options_that_there_are():
    printed = {"column": set(COLUMN), "term": {"LM", "IA", "LM_IA", *CONTROLS}}
    path = panel.DATA / "multiverse_exclusions.csv"
    for rule in pd.read_csv(path, keep_default_na=False).itertuples():
        pairs = [(rule.choice, rule.options), (rule.against, rule.against_options)]
        for choice, names in pairs if rule.against else pairs[:1]:
            known = printed.get(choice, set(register.options(choice)))
            named = set(names.split("|"))
            # Without a partner the options were considered and never admitted.
            assert named <= known if rule.against else not named & known, rule.id
        assert rule.why.endswith(".")
    table = register.register()
    assert not table.duplicated(["choice", "option"]).any()
    assert table[["label", "what", "why", "place"]].ne("").all(axis=None)
    assert set(table["role"]) == {"estimand", "inside", "apart"}


def test_specifications_counted_by_hand(found):
    # Five measures of IA without controls; four, employment apart, with five or seven.
    measures = 5 + 4 + 4
    assert len(found.of("model1", "LM", "flow", "reg")) == 3 * measures * 2 * 8
    assert len(found.of("model2", "GR", "flow", "reg")) == 3 * (4 + 4) * 3 * 8
    assert len(found.of("2008-2016", "LM_IA", "flow", "log_reg")) == 3 * measures * 8 * 2
    # In the middle reach no boundary moved, no city is left out, and there is no Delta.
    assert set(found.of("middle", "LM", "stock", "reg")["sample"]) == {"belt110", "flags", "steps"}


def test_no_regression_counts_twice(found):
    same = ["column", "term", "mobility", "outcome", "agglomeration", "product", "controls", "nobs"]
    digits = found.estimates["coef"].map("{:.9g}".format)
    assert not found.estimates.assign(coef=digits).duplicated([*same, "coef"]).any()
    assert len(found.repeats) > 0


# -- regressions ----------------------------------------------------------------------------------

SERIES = {"province": "", "city": "_city", "none": "_gross"}


def by_the_thin_lib(data, row):
    """Rows and regressors of a row of the multiverse, through lib.specifications."""
    without = row["sample"] if row["sample"] in ("steps", "boundary", "both") else ""
    sample = row["sample"] if row["sample"] in panel.SAMPLES else "belt110"
    reading = replace(
        FLOW, mobility=f"lm_{row['mobility']}{SERIES[row['k']]}", outcome=row["outcome"],
        industry=f"share_{row['agglomeration']}", sample=sample, without=without,
    )  # fmt: skip
    column = COLUMN[row["column"]]
    column = replace(column, years=span(column, row["period"]))
    controls = register.CONTROLS_OF[row["controls"]]
    used = specifications.rows(data, reading, column, terms=["LM", "IA", *controls])
    if row["product"] == "centred":
        used["LM_IA"] = (used["LM"] - used["LM"].mean()) * (used["IA"] - used["IA"].mean())
    main = [] if row["product"] == "alone" else ["LM", "IA"]
    product = [] if row["product"] == "none" else ["LM_IA"]
    return used, [*main, *product, *controls]


def test_regressions_are_those_of_the_thin_lib(data, found):
    """Drawn by hand: of each column and product, and of each column with every set of effects."""
    every = found.estimates
    inside = every["agglomeration"].isin(["secondary", "tertiary"])
    inside &= ~every["sample"].isin(["flags", "municipalities"])
    drawn = every[inside].sample(frac=1, random_state=9).groupby(["column", "product"]).head(1)
    assert set(drawn["period"]) == {"headings", "text"}
    only = {"k": ["province"], "agglomeration": ["tertiary"]}
    only |= {"sample": ["belt110", "delta41", "both"]}
    effects = ["start", "trend", "entity", "none"]
    other = multiverse.explore(data, COLUMNS, only, effects).estimates
    other = other.sample(frac=1, random_state=4).groupby(["column", "effects"]).head(1)
    assert {10, 11} & set(other["provinces"]) and 0 in set(other["provinces"])
    for row in pd.concat([drawn, other]).to_dict("records"):
        used, x = by_the_thin_lib(data, row)
        single = two_way_fe(used, "REG", x, effects=row["effects"])
        assert (row["nobs"], row["cities"], row["df"]) == (
            single.nobs, single.n_entities, single.df_resid
        )  # fmt: skip
        assert row["coef"] == pytest.approx(single.coef[row["term"]], rel=1e-6)
        for kind in verdicts.ERRORS:
            error = single.errors(kind).loc[row["term"]]
            assert row[f"se_{kind}"] == pytest.approx(error["se"], rel=1e-6)
            assert row[f"p_{kind}"] == pytest.approx(error["p"], rel=1e-5, abs=1e-12)
        if row["provinces"] >= 10:
            by = leave_one_out(used, "REG", x, effects=row["effects"], cluster="province")
            assert by.clusters == row["provinces"]
            assert row["se_province"] == pytest.approx(by.table.loc[row["term"], "se"], rel=1e-6)
        else:
            assert np.isnan(row["se_province"])


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


def test_verdicts_follow_the_rule_and_options_are_counted_one_by_one(found):
    claim = register.claims().iloc[5]
    assert claim["label"] == "Model 2: GR"
    part = multiverse.judged(found).query("label == 'Model 2: GR' and estimand == 'stock, log'")
    own = found.of("model2", "GR", "stock", "log_reg")
    assert len(part) == len(own) and set(part["said"]) > {"cannot tell"}
    for row, said in zip(own.itertuples(), part["said"], strict=True):
        few = row.p_province != row.p_province
        p = row.p_jackknife if few else row.p_province
        word = verdicts.verdict(claim["printed"], "***", row.coef, p)
        assert said == word + ", city only" * (few and word != "cannot tell")
    shares = multiverse.by_option(part).loc["stock, log"]
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1)
    five = (part["controls"].eq("five") & part["said"].eq("cannot tell")).sum()
    assert (
        shares.loc[("Controls", "five"), "cannot tell"] == five / part["controls"].eq("five").sum()
    )


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
        "supported, city only": light,
        "cannot tell": grey,
    }


def test_curves_are_drawn_by_hand():
    """Smallest first; the dashed line is print, the dotted one the Belt of the same estimand."""
    names = list(register.NAME.values())
    r = np.linspace(-0.5, 0.5, 60)
    one = [pd.DataFrame({"estimand": name, "r": r[::-1], "said": "opposed"}) for name in names]
    two = [each.assign(r=each["r"] + at) for at, each in enumerate(one)]
    chart = figures.curves(pd.concat(one), pd.concat(two), 0.25)
    for at, (ax, name) in enumerate(zip(chart.figure.axes, sorted(names), strict=True)):
        place = names.index(name)
        assert ax.get_title(loc="left") == name and at < 4
        edge, ghost, _, printed = ax.lines
        assert edge.get_ydata() == pytest.approx(r[::18])
        assert ghost.get_ydata() == pytest.approx(r[::18] + place)
        assert set(printed.get_ydata()) == {0.25}
        filled = [c for c in ax.collections if c.get_paths() and len(c.get_paths()[0].vertices) > 5]
        assert [to_hex(c.get_facecolor()[0]) for c in filled] == [style.VERDICT["opposed"]]
        corners = filled[0].get_paths()[0].vertices
        assert {(0, -0.5), (19, round(r[57], 6))} <= set(map(tuple, corners.round(6).tolist()))


def test_verdicts_on_claims_by_hand():
    coef, p = np.array([1.0, -1, 1, 1]), pd.Series([0.04, 0.01, 0.05, np.nan])
    assert verdicts_of(coef, p, 0.5, 0.05).tolist() == [
        "supported", "opposed", "cannot tell", "cannot tell"
    ]  # fmt: skip
    assert register.claims()[["label", "r"]].iloc[0].tolist() == [
        "Model 1: LM", pytest.approx(2.131 / (2.131**2 + 598) ** 0.5)
    ]  # fmt: skip
    assert len(register.claims()) == 18 and register.SERIES["city"].format("flow") == "lm_flow_city"
    assert register.NAME["stock", "log_reg"] == "stock, log"
    assert register.NAME["flow", "reg"] == "flow, level"


def test_shares_stand_under_the_option_that_they_are_of():
    same = {"effects": "trend", "sample": "steps", "k": "city", "agglomeration": "mean",
            "controls": "none", "estimand": "flow, log"}  # fmt: skip
    said = pd.Categorical(["opposed", "cannot tell", "cannot tell"], SAID)
    shares = multiverse.by_option(pd.DataFrame(same, range(3)).assign(
        product=["none", "centred", "centred"], said=said
    )).loc["flow, log"]  # fmt: skip
    assert shares.loc[("Interaction", "without"), "opposed"] == 1
    assert shares.loc[("Interaction", "centred"), "cannot tell"] == 1
    assert shares.loc["Controls"]["cannot tell"].tolist() == [pytest.approx(2 / 3)]


# -- the page of choices ---------------------------------------------------------------------------

PRINTED = published.coefficients().set_index(["column", "row"])


@pytest.fixture(scope="module")
def offered(data):
    return explorer.explored(data)


@pytest.fixture(scope="module")
def offer(data, offered):
    return explorer.offer(data, offered)


def df_of(cells, kind):
    clusters = {"classical": cells["df"] + 1, "province": cells["provinces"]}
    return clusters.get(kind, cells["cities"]) - 1


def test_figures_are_the_exact_ones_rounded_and_intervals_agree_with_verdicts(offered, offer):
    cells = offer.cells.iloc[: len(offered.estimates)]
    exact = offered.estimates
    names = [*explorer.IDENTITY, *explorer.VARIED]
    assert (cells[names].to_numpy() == exact[names].to_numpy()).all()
    claim = PRINTED.loc[pd.MultiIndex.from_frame(cells[["column", "term"]])]
    level = claim["stars"].map(published.level).fillna(0.05).to_numpy(dtype=float)
    digits = cells["digits"].tolist()
    unit = 10.0 ** -(cells["digits"] + explorer.FINER)
    t_off = 0

    def shown(values, digits=digits):
        return [prose.number(value, d) for value, d in zip(values, digits, strict=True)]

    for kind in verdicts.KINDS:
        there = exact[f"se_{kind}"].notna()
        assert (cells[kind].ne(explorer.MISSING) == there).all()
        half = stats.t.isf(level / 2, df_of(exact, kind).clip(1))
        ends = []
        for sign in (-1, 0, 1):
            wanted = exact["coef"] + sign * half * exact[f"se_{kind}"]
            ends.append(((cells["coef"] + sign * half.round(9) * cells[kind]) * unit).where(there))
            assert shown(ends[-1]) == shown(wanted)
        outside = (ends[0] > 0) | (ends[2] < 0)
        assert (outside == (exact[f"p_{kind}"] < level)).all()
        t = (cells["coef"] / cells[kind]).where(there), exact["coef"] / exact[f"se_{kind}"]
        rounded = [[1 if abs(each) >= 10 else 2 for each in t[1]]] * 2
        pairs = zip(*(shown(*each) for each in zip(t, rounded, strict=True)), strict=True)
        t_off += sum(one != two for one, two in pairs)
    assert t_off < 20  # of more than 100,000


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
        few = held.index.difference(own.index)
        assert (held.loc[few, kind] == explorer.MISSING).all()
        assert (len(few) > 0) == (kind == "province")


def test_what_is_offered(offered, offer):
    inside = offer.cells[offer.cells["effects"].isin(["twoway", "start", "trend"])]
    # 624 specifications of the flow and 598 of the stock, two terms and outcomes, three effects.
    assert inside["column"].eq("model1").sum() == (624 + 598) * 2 * 2 * 3
    assert not offer.cells.duplicated([*explorer.IDENTITY, "key"]).any()
    for choice in ("agglomeration", "controls", "k", "sample"):
        assert set(inside.loc[inside["column"].eq("model1"), choice]) == set(
            register.options(choice)
        )


def test_the_ghost_is_the_page_on_the_invented_belt(data, offered, offer):
    alone = multiverse.explore(placebo.belt(data), [specifications.MODEL1], effects=["start"])
    mine = offered.estimates.query("column == 'model1' and effects == 'start'").index
    ghost = offered.invented.loc[mine].reset_index(drop=True)
    for name in ("coef", "se_jackknife", "se_province", "r"):
        assert ghost[name].to_numpy() == pytest.approx(alone.estimates[name], nan_ok=True)
    cells = offer.cells.loc[mine].reset_index(drop=True)
    assert (cells["ghost"] / 1000).to_numpy() == pytest.approx(alone.estimates["r"], abs=0.00051)
    level = np.where(cells["term"].eq("LM"), 0.05, 0.10)
    by_city = alone.estimates["p_jackknife"]
    decide = alone.estimates["p_province"].where(alone.estimates["provinces"] >= 10, by_city)
    assert (cells["decides"] % 2 == (decide < level)).all()
    assert (cells["decides"] // 2 % 2 == (by_city < level)).all()


def test_what_repeats_has_the_rows_that_it_repeats(data, offer):
    samples, per = register.options("sample"), np.prod(
        [len(register.options(choice)) for choice in explorer.VARIED[1:]]
    )  # fmt: skip
    upper = offer.repeats.query("column == 'upper' and mobility == 'stock'")
    pairs = {(samples[row.key // per], samples[row.of // per]) for row in upper.itertuples()}
    assert ("listed94", "belt110") in pairs  # Anhui has no city of the upper reach
    readings = [replace(specifications.STOCK, sample=name) for name in ("listed94", "belt110")]
    one, two = (specifications.rows(data, each, specifications.UPPER) for each in readings)
    assert one[["city", "year", "LM"]].equals(two[["city", "year", "LM"]])

    held = set(offer.cells[["column", "mobility", "key"]].itertuples(index=False, name=None))
    for column, mobility, key, of in offer.repeats.itertuples(index=False):
        assert (column, mobility, of) in held and (column, mobility, key) not in held


def test_most_and_least_favourable_by_brute_force(offered, offer):
    main = offer.main("model1", "IA").set_index(["mobility", "outcome", "which"])
    for estimand in register.NAME:
        part = offered.of("model1", "IA", *estimand)
        few = part["provinces"] < 10
        t = part["coef"] / part["se_jackknife"].where(few, part["se_province"])  # printed: plus
        for which, extreme in (("most", t.max()), ("least", t.min())):
            cell = main.loc[(*estimand, which)]
            unit = 10.0 ** -(cell["digits"] + explorer.FINER)
            by = "jackknife", "cities"
            by = ("province", "provinces") if cell["provinces"] >= 10 else by
            se, clusters = cell[list(by)]
            assert cell["coef"] / se / unit == pytest.approx(extreme, rel=0.001)
            half = stats.t.isf(0.05, clusters - 1) * se  # printed at 10 %
            assert (cell["high"] - cell["low"]) / 2 == pytest.approx(half * unit)


def test_text_of_the_data_cannot_leave_its_element(offer, monkeypatch):
    monkeypatch.setattr(explorer.Offer, "payload", lambda self: {"x": "</script><!--<script>"})
    inside = re.search(r'id="explorer-data">(.*?)</script>', offer._repr_html_())[1]
    assert "<" not in inside and "\\u003c/script>" in inside


# -- which choices did you make? -------------------------------------------------------------------


def test_a_coefficient_and_its_rows_name_the_specification(found):
    lm = found.estimates[found.estimates["term"].eq("LM")]
    names = ["column", "mobility", "outcome", *explorer.VARIED]
    first = 0
    for row in lm.sample(200, random_state=5).to_dict("records"):
        given = multiverse.which(f"{row['coef']:.3f}", row["nobs"], found=found)
        assert given["gives"].all()
        first += bool((given.loc[0, names] == pd.Series(row)[names]).all())
    assert first >= 0.94 * 200


def test_numbers_as_people_write_them(data, found):
    rows = specifications.rows(data, FLOW, specifications.MODEL1)
    coef, nobs = two_way_fe(rows, "REG", ["LM", "IA"]).coef["LM"], len(rows)
    assert -1 < coef < 0
    plain = f"{coef:.2f}"
    given = multiverse.which(plain, nobs, found=found)
    assert given.loc[0, "departures"] == "" and given.loc[0, "coef"] == pytest.approx(coef)
    assert (given["coef"] - float(plain)).abs().max() <= 0.005 and given["nobs"].eq(nobs).all()
    sign = "\u2212"
    for same in (plain.replace("-0", sign), plain.replace(".", ","), f" {plain} ", float(plain)):
        assert multiverse.which(same, nobs, found=found).equals(given)
    assert len(multiverse.which(f"{coef:.3f}", nobs, found=found)) < len(given)


def test_t_of_any_error_and_what_nothing_gives(data, found):
    single = two_way_fe(
        specifications.rows(data, STOCK, specifications.MODEL1), "REG", ["LM", "IA"]
    )
    coef, t = f"{single.coef['LM']:.3f}", single.classical.loc["LM", "t"]
    assert len(multiverse.which(coef, single.nobs, f"{t:.2f}", found=found)) == 1
    assert not multiverse.which(coef, single.nobs, f"{t + 1:.2f}", found=found)["gives"].any()
    near = multiverse.which("9.99", 1649, found=found)
    lm = found.estimates[found.estimates["term"].eq("LM") & found.estimates["nobs"].eq(1649)]
    assert len(near) == 3 and not near["gives"].any()
    assert near["coef"].max() >= lm["coef"].max()
    for wrong in ("", "1-2", "about 3"):
        with pytest.raises(panel.DataError, match="expected a number"):
            multiverse.which(wrong, found=found)
    with pytest.raises(panel.DataError, match="expected one of"):
        multiverse.which(1.0, term="GDP", found=found)


# -- a control more than the paper has -------------------------------------------------------------

MORE = replace(MODEL2, terms=(*MODEL2.terms, "RDI"))


def test_a_regression_of_ones_own_stands_beside_print(data):
    found = two_way_fe(specifications.rows(data, STOCK, MORE), "REG", MORE.terms)
    assert list(verdicts.compare(MORE, found)["row"]) == list(MODEL2.terms)
    shown = tables.regression({"Stock": found}, printed_columns=(MORE,))
    assert "RDI" in shown._repr_html_() and "-2.679" in shown._repr_html_().replace("−", "-")


def test_a_control_more_in_model_2_reaches_every_page_that_runs_the_columns(
    data, offered, offer, monkeypatch
):
    """What chapter 10 and the page of choices run, with the line edited."""
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

    # What was printed is what the page of choices offers.
    assert explorer.offer(data, offered).payload() == offer.payload()
