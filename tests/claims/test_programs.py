"""Sentences of the page on other programs."""

from headline import Headline

NAMED = "areg", "HC1", "sss", "plm-HC1", "CR0"


def factors(page, case):
    """The factor of a program changes the error of LM by less than the jackknife does."""
    gaps = page.drawn["gap"].abs()
    jackknife = gaps["Jackknife by city"].min()
    return gaps[page.NAMES[case]].max() <= page.widest < 5 and page.widest < jackknife / 2


HEADLINES = [
    Headline("We compare", lambda page, case: page.r_figures.any() and len(page.stata) > 0, ("",)),
    Headline(
        "of them are the same as ours",
        lambda page, case: (page.found["convention"] == "").sum() > len(page.other),
        ("",),
    ),
    Headline(
        "follow other conventions",
        lambda page, case: page.other["convention"].isin(page.conventions["convention"]).all(),
        ("",),
    ),
    Headline("it changes the standard error by at most", factors, NAMED),
]
