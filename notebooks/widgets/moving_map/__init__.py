"""A map on which a reader picks indicator, year and city."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from lib import style
from widgets import Widget

_WIDE = 6000  # units across, and an edge around it
_EDGE = 60


class Indicator(NamedTuple):
    """How the moving map shows an indicator.

    ``even`` divides filled marks from rings, and ``means`` says what it stands for; at the distance
    ``full`` from it marks no longer grow.  Figures have ``digits`` after the point.
    """

    name: str
    even: int
    means: str
    full: float
    digits: int


@dataclass(frozen=True)
class Moving(Widget):
    """The map as data for a page on which a reader picks indicator, year and city.

    Attributes
    ----------
    rows : DataFrame
        ``city, year, reach, lon, lat`` and the indicators; the same years for every city.
    columns : mapping from indicator to Indicator
    city : str
        The city whose series is shown first.
    outlines, river : arrays of shape (points, 2)
        Longitude and latitude, of a list of closed rings and of a line.
    """

    rows: pd.DataFrame
    columns: Mapping[str, Indicator]
    city: str
    outlines: Sequence[np.ndarray]
    river: np.ndarray

    def data(self) -> dict:
        """Figures as whole numbers of their last digit shown, places in units of the picture."""
        cities = self.rows.drop_duplicates("city").sort_values("city")
        points = np.concatenate(self.outlines)
        west, north = points[:, 0].min(), points[:, 1].max()
        narrow = np.cos(np.radians(cities["lat"].mean()))
        unit = (_WIDE - 2 * _EDGE) / (np.ptp(points[:, 0]) * narrow)

        def placed(line: np.ndarray) -> np.ndarray:
            off = (line - (west, north)) * (narrow, -1)
            return (_EDGE + unit * off).round(6).round().astype(int)

        shown = []
        for key, column in self.columns.items():
            wide = self.rows.pivot(index="city", columns="year", values=key)
            values = [_whole(row, column.digits) for row in wide.loc[cities["city"]].to_numpy()]
            median = _whole(wide.median().to_numpy(), column.digits)
            shown.append(column._asdict() | {"values": values, "median": median})
        return {
            "years": sorted(set(self.rows["year"].tolist())),
            "cities": cities["city"].tolist(),
            "reach": cities["reach"].tolist(),
            "reaches": list(style.REACH),
            "places": placed(cities[["lon", "lat"]].to_numpy()).tolist(),
            "size": [_WIDE, int(placed(points)[:, 1].max()) + _EDGE],
            "land": "".join(f"{_path(placed(ring))}z" for ring in self.outlines),
            "river": _path(placed(self.river)),
            "columns": shown,
            "first": self.city,
        }

    def __repr__(self) -> str:
        shown = self.data()
        lines = [f"Moving map: {len(shown['cities'])} cities, {len(shown['land'])} of outlines"]
        for column in shown["columns"]:
            known = [value for row in column["values"] for value in row if value is not None]
            lines.append(f"  {column['name']}: {len(known)} figures, sum {sum(known)}")
        return "\n".join(lines)


def _whole(values: np.ndarray, digits: int) -> list[int | None]:
    # Rounded before, so that no half hangs on the last bits.
    scaled = (values * 10**digits).round(6).round()
    return [None if np.isnan(value) else int(value) for value in scaled]


def _path(points: np.ndarray) -> str:
    """A line as SVG writes it, each step from the point before."""
    steps = np.diff(points, axis=0)
    words = " ".join(f"{x} {y}" for x, y in steps[(steps != 0).any(axis=1)])
    return f"M{points[0][0]} {points[0][1]}l{words}".replace(" -", "-")
