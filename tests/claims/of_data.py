import numpy as np

from lib import indicators


def test_what_steps_in_2019_is_flagged_and_what_is_copied_is_a_whole_province(page):
    assert set(page.cells.index) - set(page.kinds) == {"parts"}  # findings that no table names
    flagged = page.data[page.data["flags"].str.contains("revision:va_secondary")]
    assert set(flagged["city"]) == set(page.far.index) and set(flagged["year"]) == {2019}
    assert page.copied["detail"].eq("all 16 cities of Anhui repeat 2019").all()
    assert page.half_way == page.data["city"].nunique()


def test_the_formula_of_the_step_is_the_library_s(page):
    spliced = page.data.assign(**indicators.without_step(page.data))
    step = page.wide - spliced.pivot(index="city", columns="year", values="share_secondary")
    assert step.loc[:, :2018].abs().to_numpy().max() < 1e-12
    assert np.allclose(step.loc[:, 2019:].sub(page.off[2019], axis=0).dropna(), 0)
