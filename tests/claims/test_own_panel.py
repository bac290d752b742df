import names
import numpy as np
import pytest

from lib import cases, panel
from lib.specifications import MODEL1, READINGS


@pytest.fixture
def own(data, tmp_path, monkeypatch):
    """The Belt's panel in the layout of the page."""
    code = data["city_code"]
    people = data["lm_flow_gross"].fillna(1).groupby(code).cumprod()
    told = data[["city", "province", "year"]].assign(
        income=data["reg"], residents=people, natural_growth=data["k"],
        industry=data["share_secondary"], per_registered=data["lm_stock_gross"] + 1,
    )  # fmt: skip
    told["city"] += " " + data["province"]
    path = tmp_path / "own.csv"
    monkeypatch.setenv("PANEL", str(path))
    return told, path


def test_the_belt_in_this_layout_gives_the_slopes_of_table_1(own, data):
    told, path = own
    told.to_csv(path, index=False)
    page = names.of("own-panel")
    for reading in READINGS:
        slope = cases.fit(data, reading, MODEL1).coef["LM"]
        assert np.isclose(page.found.loc[(reading.name, "Model 1"), "slope"], slope, rtol=2e-3)
    assert page.cluster == "province" and page.controls == []


def test_a_cell_that_holds_no_number_is_named(own):
    told, path = own
    told = told.astype({"income": object})
    told.loc[0, "income"] = "n/a!"
    told.to_csv(path, index=False)
    with pytest.raises(panel.DataError, match="row 2, column income"):
        names.of("own-panel")
