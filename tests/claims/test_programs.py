from headline import ONCE, Headline

NAMED = "areg", "HC1", "sss", "plm-HC1", "CR0"


def factors(page, case):
    """The factor of a program changes the error of LM by less than the jackknife does."""
    gaps = page.drawn["gap"].abs()
    return gaps[page.NAMES[case]].max() < min(5, gaps["Jackknife by city"].min() / 2)


HEADLINES = [
    Headline("We compare", lambda p, _: p.r_figures.any() and len(p.stata) > 0, ONCE),
    Headline("of them are the same as ours",
             lambda p, _: (p.found["convention"] == "").sum() > len(p.other), ONCE),
    Headline("follow other conventions",
             lambda p, _: p.other["convention"].isin(p.conventions["convention"]).all(), ONCE),
    Headline("it changes the standard error by at most", factors, NAMED),
]  # fmt: skip


def test_no_factor_changes_the_stars_of_lm_and_few_clusters_change_a_star(page):
    assert max(page.p) < 0.01 and page.many < 0.05 < page.few
    assert not page.found["producer"].str.contains("EViews").any()
    assert set(page.stata["estimator"]) == {"random individual swar"}
