"""The knob: a Belt in which newcomers do what a reader decides, and the slope on it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.prose import number, sign
from widgets import Widget
from widgets.svg import course


@dataclass(frozen=True)
class Knob(Widget):
    """Incomes of a Belt of an elasticity η, and the slope on it beside the official one.

    `rows` has ``city, year``, the exponents ``base, more`` (income is ``exp(base + η more)``), and
    ``weight`` (the slope is the sum of weight times income).  `official` has the official slope and
    the ends of its interval, and `marked` a rich city and a poor one.
    """

    rows: pd.DataFrame
    official: tuple[float, float, float]
    marked: tuple[str, str]

    def data(self) -> dict[str, list[int]]:
        """Exponents in ten thousandths, weights in millionths; the marked are of kind 1 and 2."""
        parts = self.rows[["base", "more", "weight"]] * [1e4, 1e4, 1e6]
        whole = parts.round(4).round().astype(int)
        city, names = pd.factorize(self.rows["city"])
        kind = [1 + self.marked.index(name) if name in self.marked else 0 for name in names]
        year = self.rows["year"] - self.rows["year"].min()
        return {**whole.assign(year=year, city=city).to_dict("list"), "kind": kind}

    def belt(self, eta: float) -> tuple[np.ndarray, float]:
        """Incomes and slope, from what the page has."""
        base, more, weight = (np.array(self.data()[name]) for name in ("base", "more", "weight"))
        income = np.exp((base + eta * more) / 1e4)
        return income, float(weight @ income) / 1e6

    def said(self, eta: float) -> str:
        """The elasticity, the slope on its Belt and the official one."""
        slope, (official, low, high) = self.belt(eta)[1], map(number, self.official)
        return (f"η = {number(eta)}: with this invented output the slope of income on mobility "
                f"(the stock) is {number(slope)}, {sign(slope)}; "
                f"the official slope is {official} ({low} to {high}).")  # fmt: skip

    def lines(self, eta: float) -> list[str]:
        """The paths of every third city, of the rich one and of the poor one."""
        rows, of = self.rows.assign(x=24 + 14 * pd.Series(self.data()["year"], self.rows.index)), {}
        for city, own in rows.assign(y=(204 - 14 * self.belt(eta)[0]).round(6)).groupby("city"):
            of[city] = course(own["x"], own["y"])
        two = [of.pop(city) for city in self.marked]
        return ["".join(list(of.values())[::3]), *two]

    def __repr__(self) -> str:
        return "\n".join(
            [f"Knob of {self.rows['city'].nunique()} cities", *map(self.said, (-1, 1, 4))]
        )
