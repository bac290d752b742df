"""City by city: what the panel says of each of the 110, in sentences."""

from __future__ import annotations

import pandas as pd

from lib.panel import DATA, load_cities
from lib.prose import listed, number, percent

OTHER = {
    r"(?:interpolated|suspect):resident_pop": "The number of residents in {} is interpolated.",
    r"(?:interpolated|suspect):registered_pop": "Registered inhabitants of {} are interpolated.",
    r"(?:interpolated|suspect):gdp": "Output and its sectors in {} are interpolated.",
    r"parts:gdp": "In {} the sectors do not add up to output.",
}
"""What else a flag says of a year that a city's pictures show."""


def facts(data: pd.DataFrame) -> pd.DataFrame:
    """The figures of a city's sentences.

    Returns
    -------
    DataFrame
        Index city: ``zh, province, reach``; ``first, last`` (REG of the first and the last year)
        with their ``first_rank, last_rank`` (1 is the richest); ``growth`` a year; ``counted``
        (residents of the census of 2020 over those of 2010, constant borders); ``apart``
        (residents over registered inhabitants, less one, in the last year that has it);
        ``share_first, share_last`` of industry, and ``share_year``, the last that has it;
        ``recounts, borders`` (lists of years).
    """
    wide = data.pivot(index="city", columns="year")
    first, last = data["year"].min(), data["year"].max()
    reg, share = wide["reg"], wide["share_secondary"]
    place = data.drop_duplicates("city").set_index("city")
    code = place["city_code"].astype(str)
    roster = load_cities().astype({"city_code": str}).set_index("city_code")
    census = pd.read_csv(DATA / "census_residents.csv", dtype={"city_code": str})
    rank = reg.rank(ascending=False, method="min").astype(int)
    years = {
        kind: data[data["flags"].str.contains(mark)].groupby("city")["year"].agg(list)
        for kind, mark in {"recounts": "census_step:", "borders": "boundary:resident_pop"}.items()
    }
    frame = pd.DataFrame({
        "zh": code.map(roster["city_zh"]).str.removesuffix("市"),
        "province": place["province"],
        "reach": place["reach"],
        "first": reg[first], "last": reg[last],
        "first_rank": rank[first], "last_rank": rank[last],
        "growth": (reg[last] / reg[first]) ** (1 / (last - first)) - 1,
        "counted": code.map(census.set_index("city_code").iloc[:, 0]),
        "apart": wide["lm_stock_gross"].ffill(axis=1).iloc[:, -1],
        "share_first": share[first], "share_last": share.ffill(axis=1)[last],
        "share_year": share.apply(pd.Series.last_valid_index, axis=1),
    })  # fmt: skip
    for kind, listing in years.items():
        frame[kind] = [listing.get(city, []) for city in frame.index]
    return frame


def sentences(data: pd.DataFrame, figures: pd.DataFrame) -> dict[str, list[str]]:
    """What is said of each city, plain sentences by city, from its :func:`facts`."""
    first, last = data["year"].min(), data["year"].max()
    stock = data.loc[data["lm_stock_gross"].notna(), "year"].max()
    middle, n = figures["growth"].median(), len(figures)
    flow = data.set_index(["city", "year"])["lm_flow"]
    notes = pd.read_csv(DATA / "cell_notes.csv").query("kind == 'boundary'")
    named = data.drop_duplicates("city").set_index("city_code")["city"]
    moved = notes.groupby(notes["city_code"].map(named))["detail"].first()
    said = {}
    for city, row in figures.iterrows():
        lines = [
            f"In {last} income was {number(row['last'], 1)} times the income of the Belt in "
            f"{first}: rank {row['last_rank']} of {n}. In {first} it was "
            f"{number(row['first'], 1)} times: rank {row['first_rank']}.",
            f"Income grew by {percent(row['growth'], 1)} a year; in the middle city it grew by "
            f"{percent(middle, 1)}.",
            f"From the census of 2010 to that of 2020 residents {_moved(row['counted'] - 1)}, and "
            f"in {stock} the city had {_apart(row['apart'])}.",
            f"The share of industry in output was {percent(row['share_first'])} in {first} and "
            f"{percent(row['share_last'])} in {row['share_year']}.",
        ]
        if row["borders"]:
            years = sorted({row["borders"][0], row["borders"][-1]})
            lines.append(
                f"The border moved ({moved[city]}). Around {' to '.join(map(str, years))} output "
                "and residents belong to different areas, so rank, growth, flow and stock are not "
                "those of one area."
            )
        for year in row["recounts"]:
            lines.append(
                f"A census changed the count of residents in {year}, so the flow of {year} "
                f"({number(flow[city, year], 3)}) is not the migration of one year."
            )
        flags = data[data["city"] == city].set_index("year")["flags"]
        for mark, sentence in OTHER.items():
            if len(flagged := flags.index[flags.str.contains(mark)]):
                lines.append(sentence.format(listed(flagged.astype(str).tolist())))
        said[str(city)] = lines
    return said


def _moved(change: float) -> str:
    if abs(change) < 0.005:
        return "hardly changed"
    return f"{'grew' if change > 0 else 'fell'} by {percent(abs(change))}"


def _apart(share: float) -> str:
    if abs(share) < 0.005:
        return "about as many residents as registered inhabitants"
    more = "more" if share > 0 else "fewer"
    return f"{percent(abs(share))} {more} residents than registered inhabitants"
