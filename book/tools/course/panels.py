"""A panel of one's own: a yearbook of invented cities for each student, and its key.

No figure is of a real place.  Panel and questions follow from the seed of the course and the
student.  Whoever has this module has the key to any yearbook: students get neither.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count, product
from pathlib import Path

import numpy as np
import pandas as pd

from lib import indicators, published, strictcsv, verdicts
from lib.estimation import two_way_fe
from lib.figures import influence
from lib.jackknife import Jackknife
from lib.specifications import MODEL1
from lib.strictcsv import NAME, Cell, Failure, FileError
from lib.within import leave_one_out
from tools.course import answers, sheets

MOST = 5_000  # students of a class
STUDENT = Cell("at most 32 letters, digits, dots, hyphens and underscores, as a folder's name",
               strictcsv.matching(r"(?!(?i:con|prn|aux|nul|com\d|lpt\d)(\.|$))"
                                  r"[^\W_]([\w.-]{0,30}\w)?"))  # fmt: skip
CHINESE = {"学号": "student", "姓名": "name"}
YEARS = 10
GROUPS = {"N": ("虚构北", "Invented north", "north"), "S": ("虚构南", "Invented south", "south")}
EACH = 6  # cities of a group
FIRST = "Bram Cael Dorn Drisk Fenn Garr Hesk Jarn Kelv Morr Nesk Orv Quor Rask Sorn Ulv Varn Zund"
LAST = "abeck ander enholt esmer ibury imuth oford ogar oness oport origg osted uhav umwick ury usk"
NAMES = [first + last for first, last in product(FIRST.split(), LAST.split())]
DIGITS = {"q1": 4, "q2": 2, "q3": 4, "q4": 3, "q5": 3, "q6": 3, "q7": 2, "q8": None, "q9": None,
          "q10": 3}  # fmt: skip
"""The questions, and the digits after the point that are asked; None where the answer is a word."""
READINGS = ("flow", "stock")
EFFECTS = {"supported": ((3, 9), (2, 6)), "opposed": ((-6, 0), (-4, 0)),
           "cannot tell": ((-1, 3), (-1, 2))}  # fmt: skip
"""By verdict, between which bounds migration raises output per head at once, and for good."""
EDGE = 0.005  # a p-value nearer to the printed level would hang a verdict on rounding
CLEAR = 1.1  # factor by which the city that moves a slope most must beat the second
RIGHT = "right"
ERRORS = {RIGHT: "jackknife", "classical error": "classical", "clustered error": "clustered"}
Answer = float | str
Key = dict[str, dict[str, Answer]]
"""By question what is right, and what each typical mistake gives that can be told from it."""


@dataclass(frozen=True)
class Panel:
    """What a student gets, and the key to it."""

    cities: pd.DataFrame  # roster and yearbook as data/README.md says, without empty columns
    yearbook: pd.DataFrame
    asked: Mapping[str, str]  # ``reading`` of LM; ``city1, year1`` of q1 to q3; those of q4, of q5
    key: Key


def read_roster(path: Path | str) -> pd.DataFrame:
    """Read a roster: ``student, name``, where names may be empty or missing.

    The file has columns student and name, or 学号 and 姓名; Smith, Jane is Jane Smith.
    """
    frame = sheets.read(path, MOST).rename(columns=CHINESE)
    if "student" not in frame:
        columns = f"the columns {', '.join(frame)}"
        raise sheets.refusal(Path(path), columns, "student and name, or 学号 and 姓名")
    name = frame.get("name", pd.Series("", frame.index))
    name = name.str.replace(r"^([^,，]+)[,，]\s*([^,，]+)$", r"\2 \1", regex=True)
    student = frame["student"]
    folder = student.map(lambda text: unicodedata.normalize("NFKC", text).casefold())
    failures = [
        Failure(line, column, strictcsv.quoted(text), cell.expected)
        for column, texts, cell in [("student", student, STUDENT), ("name", name[name != ""], NAME)]
        for line, text in texts.items() if not cell.valid(text)
    ] + [
        Failure(line, "student", strictcsv.quoted(text), "each student once, capitals or not")
        for line, text in student[folder.duplicated()].items()
    ]  # fmt: skip
    if failures:
        raise FileError(sheets.plain(path), failures)
    return pd.DataFrame({"student": student, "name": name}).reset_index(drop=True)


def made(student: str, seed: str) -> Panel:
    """The panel of a student: the first whose answers are clear.

    Each verdict is drawn for one student in three, so that none is a good guess.
    """
    own = f"{seed}\n{student}"
    wanted = [*EFFECTS][_number(own) % len(EFFECTS)]
    for attempt in count():
        draw = np.random.default_rng(_number(f"{own}\n{attempt}"))
        cities, yearbook = _drawn(draw, wanted)
        last, named = int(yearbook["year"].max()), draw.choice(cities["city_en"], 3, replace=False)
        asked = {"reading": str(draw.choice(READINGS))}
        for place, city in zip("145", named, strict=True):
            asked |= {f"city{place}": str(city), f"year{place}": str(last - draw.integers(4))}
        known = _key(cities, yearbook, asked)
        if known and known["q9"][RIGHT] == wanted:
            break
    return Panel(cities, yearbook, asked, known)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest())


def tolerance(question: str) -> float | None:
    """How far an answer may lie from the key: a unit of the last digit that is asked."""
    digits = DIGITS[question]
    return None if digits is None else 10.0**-digits


def agrees(given: Answer, answer: Answer, within: float | None) -> bool:
    """Whether two answers are the same: numbers within a tolerance, words as a check reads them."""
    if isinstance(given, str) or isinstance(answer, str):
        return answers.words(given) == answers.words(answer)
    return bool(round(abs(given - answer), 9) <= (within or 0))


def _drawn(draw: np.random.Generator, wanted: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A roster and a yearbook, as an office would round it.

    Residents follow births and migration, one city booms from some year on, and a census revises
    them once.  Output follows migration, for a year and for good, up or down.
    """
    names = iter(draw.choice(NAMES, EACH * len(GROUPS), replace=False))
    rows = [
        [f"{code}{place:02}", f"{chinese}第{place:02}市", next(names), chinese, english, reach]
        for code, (chinese, english, reach) in GROUPS.items() for place in range(1, EACH + 1)
    ]  # fmt: skip
    heads = ["city_code", "city_zh", "city_en", "province_zh", "province_en", "reach"]
    cities, n = pd.DataFrame(rows, columns=heads), len(rows)
    cities["lon"], cities["lat"] = range(n), np.tile([1, -1], n // 2)  # places on a diagram

    first = 2008 + int(draw.integers(4))
    people, births = draw.uniform(80, 500, n), draw.normal(25, 4, n)
    registered, output = people * draw.uniform(0.93, 1.07, n), people * draw.lognormal(1, 0.3, n)
    industry, farms = draw.uniform(0.38, 0.58, n), draw.uniform(0.04, 0.14, n)
    drift, own = draw.normal(0, 0.004, n), draw.normal(0, 0.003, n)
    (at_once, lasting), before = (draw.uniform(*span) for span in EFFECTS[wanted]), drift
    boom = np.where(np.arange(n) == draw.integers(n), draw.uniform(0.015, 0.035), 0)
    starts, census = draw.integers(2, 6), draw.integers(3, 8)
    years = []
    for step in range(YEARS):
        k = (births + draw.normal(0, 0.5, n)).round(2)
        moved = drift + draw.normal(0, 0.008, n) + boom * (step >= starts)
        real = 1.07 + own + at_once * (moved - before) + lasting * moved + draw.normal(0, 0.005, n)
        before = moved
        if step:
            people = people * (1 + k / 1000 + moved) * (
                1 + (step == census) * draw.normal(0, 0.012, n)
            )  # fmt: skip
            registered = registered * (1 + k / 1000 + 0.2 * moved)
            output = output * real * 1.025
            industry, farms = industry - draw.normal(0.006, 0.004, n), farms * 0.97
        parts = {"va_primary": farms, "va_secondary": industry, "va_tertiary": 1 - farms - industry}
        figures = {name: (output * share).round(2) for name, share in parts.items()}
        figures["gdp"] = sum(figures.values(), np.zeros(n))
        figures |= {
            "gdp_index": 100 * real, "resident_pop": people, "registered_pop": registered,
            "natural_growth": k,
        }  # fmt: skip
        years.append(cities[["city_code", "city_zh"]].assign(year=first + step, **figures))
    whole = pd.concat(years).sort_values(["city_code", "year"], ignore_index=True)
    return cities, whole.round(2)


def _key(cities: pd.DataFrame, yearbook: pd.DataFrame, asked: Mapping[str, str]) -> Key:
    """What is right and what typical mistakes give, or nothing where an answer is not clear.

    That is where subtracting k and dividing by 1 + k give the same, where the city that moves a
    slope most hardly does, or where the verdict hangs on a p-value at its level.
    """
    book = yearbook.assign(city=yearbook["city_code"].map(cities.set_index("city_code")["city_en"]))
    known = _indicators(book)
    every: Key = {}
    for question, series in known.items():
        place = {"q4": "4", "q5": "5"}.get(question, "1")
        row = book["city"].eq(asked[f"city{place}"]) & book["year"].eq(int(asked[f"year{place}"]))
        every[question] = {what: float(each[row].iloc[0]) for what, each in series.items()}
    if agrees(every["q1"][RIGHT], every["q1"]["k divided out"], 2e-4):
        return {}
    if not (regression := _regression(book, known, asked["reading"])):
        return {}
    every |= regression
    told: Key = {question: {} for question in DIGITS}
    for question, kept in told.items():
        within = CLEAR * (tolerance(question) or 0)  # the key is rounded
        for what, gives in every[question].items():
            if not any(agrees(gives, each, within) for each in kept.values()):
                kept[what] = gives
    return told


def _indicators(book: pd.DataFrame) -> dict[str, dict[str, pd.Series]]:
    """Flow, natural growth cumulated (per cent), stock, REG and IA of every city and year."""
    k, base, city = book["natural_growth"] / 1000, int(book["year"].min()), book["city_code"]
    flow, stock = partial(indicators.lm_flow, book), partial(indicators.lm_stock, book)
    added = 100 * (stock(0.0, base) - stock(k, base))
    summed = k.where(book["year"] > base, 0.0).groupby(city).cumsum()

    def reg(**instead: pd.Series) -> pd.Series:
        return indicators.reg(book.assign(**instead), base)

    start = book[book["year"].eq(base)].set_index("city_code")
    unit = start["gdp"].sum() / start["resident_pop"].sum()
    nominal = 100 * book["gdp"] / book.groupby("city_code")["gdp"].shift()
    shares = book[["year"]].join(indicators.sector_shares(book))
    share, whole = shares["share_secondary"], book.groupby("year")[indicators.SECTORS].sum()
    belt = indicators.sector_shares(whole)["share_secondary"]
    return {
        "q1": {
            RIGHT: flow(k),
            "k divided out": flow(0.0) / (1 + k),
            "k in per cent": flow(10 * k),
            "k not divided": flow(1000 * k),
            "k left out": flow(0.0),
            "k added": flow(-k),
            "one taken off": flow(k) - 1,
            "the stock": stock(k, base),
        },
        "q2": {
            RIGHT: added,
            "a share": added / 100,
            "k in per cent": 100 * (stock(0.0, base) - stock(10 * k, base)),
            "rates added up": 100 * summed,
            "base year counted": 100 * (stock(0.0, base) - stock(k, base - 1)),
            "not cumulated": 100 * k,
        },
        "q3": {
            RIGHT: stock(k, base),
            "not cumulated": stock(0.0, base) - k,
            "k left out": stock(0.0, base),
            "k in per cent": stock(10 * k, base),
            "rates added up": stock(0.0, base) - summed,
            "base year counted": stock(k, base - 1),
            "the flow": flow(k),
        },
        "q4": {
            RIGHT: reg(),
            "current prices": reg(gdp_index=nominal),
            "not scaled": reg() * unit,
            "base year counted": reg() * city.map(start["gdp_index"]) / 100,
            "residents of the base year": reg(resident_pop=city.map(start["resident_pop"])),
            "registered for residents": reg(resident_pop=book["registered_pop"]),
        },
        "q5": {
            RIGHT: indicators.ia(shares, scaled=True),
            "not scaled": indicators.ia(shares),
            "services": indicators.ia(shares, "share_tertiary", scaled=True),
            "the share": share,
            "location quotient": share / book["year"].map(belt),
        },
    }


def _regression(
    book: pd.DataFrame, known: Mapping[str, Mapping[str, pd.Series]], reading: str
) -> Key:
    """Slope, t, city, verdict and interval of LM in Model 1; nothing where unclear."""
    terms, lm = MODEL1.terms, {"flow": known["q1"][RIGHT], "stock": known["q3"][RIGHT]}
    rows = book[["city", "year"]].assign(
        REG=known["q4"][RIGHT], LM=lm.pop(reading), IA=known["q5"][RIGHT]
    )
    without = partial(leave_one_out, y="REG", x=terms)
    jackknife, other = without(rows), without(rows.assign(LM=lm.popitem()[1]))
    alone, moves = without(rows, x=["LM"]), _moves(jackknife)
    cell = published.coefficients(1).set_index(["column", "row"]).loc[("model1", "LM")]
    edge = abs(jackknife.table.loc["LM", "p"] - (published.level(cell["stars"]) or 0)) < EDGE
    if edge or moves.iloc[0] < CLEAR * moves.iloc[1]:
        return {}

    fit, clusters = two_way_fe(rows, "REG", terms), jackknife.clusters
    errors = {what: fit.errors(kind).loc["LM"] for what, kind in ERRORS.items()}
    t, low = ({what: float(own[name]) for what, own in errors.items()} for name in ("t", "low"))
    verdict: dict[str, Answer] = {
        what: verdicts.verdict(cell["coef"], cell["stars"], fit.coef["LM"], own["p"])
        for what, own in errors.items()
    }
    fits = {
        RIGHT: jackknife,
        "the other reading": other,
        "no effects": without(rows, effects="none"),
        "city effects alone": without(rows, effects="entity"),
        "year effects alone": without(rows, effects="time"),
        "IA left out": alone,
        "log of REG": without(rows.assign(REG=np.log(rows["REG"]))),
    }
    slopes = {what: float(found.coef["LM"]) for what, found in fits.items()}
    se = float(errors[RIGHT]["se"])
    return {
        "q6": {**slopes},
        "q7": {
            **t,
            "squares not scaled": t[RIGHT] * np.sqrt((clusters - 1) / clusters),
            "spread of the slopes as error": t[RIGHT] * (clusters - 1) / np.sqrt(clusters),
            "the other reading": float(other.table.loc["LM", "t"]),
        },
        "q8": {
            RIGHT: str(moves.index[0]),
            "the largest share of the variation": influence(rows, "REG", "LM", ["IA"]).index[0],
            "the other reading": str(_moves(other).index[0]),
            "IA left out": str(_moves(alone).index[0]),
        },
        "q9": verdict,
        "q10": {
            RIGHT: low[RIGHT],
            "the upper end": float(errors[RIGHT]["high"]),
            "1.96 standard errors": slopes[RIGHT] - 1.96 * se,
            **low,
            "the other reading": float(other.table.loc["LM", "low"]),
        },
    }


def _moves(found: Jackknife) -> pd.Series:
    """How far each city's removal moves the slope of LM, the farthest first."""
    moved = (found.without["LM"] - found.coef["LM"]).abs().round(9)
    return moved.sort_index().sort_values(ascending=False, kind="stable")
