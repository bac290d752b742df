"""Each sentence that a page leads with is registered, with the cases in which it is true."""

import re
from types import SimpleNamespace

import headline
import jupytext
import sentences
from headline import Headline

from tools.render import notebooks

TEXT = """
# A page

Rich cities grew by {eval}`str(2)` per cent.
How much more did poor cities grow?

**By the end of this chapter you will be able to** read more.

```{code-cell} ipython3
---
mystnb:
  figure:
    caption: "**The gap
      fell.** It is smaller."
---
```

## What survives

Poor cities grew faster.
Nobody knows why.

## Exercises

Which is larger? All of them are larger.
"""


def test_each_sentence_that_a_page_leads_with_is_registered():
    used, rewritten = [], sentences.rewritten()
    for pair in (pair for pair in notebooks.pairs() if pair not in rewritten):
        found, headlines = headline.of_page(pair.name), headline.registered(pair.name)
        no_claim = [words for words in headline.NO_CLAIM if words in "\n".join(found)]
        wrong = headline.amiss(found, headlines, no_claim)
        assert not wrong, f"book/{pair.name}.md, HEADLINES in tests/claims: {wrong}"
        used += no_claim
    assert sorted(used) == sorted(headline.NO_CLAIM)


def test_sentences_are_those_of_the_opening_of_bold_captions_and_of_what_survives():
    cells = jupytext.reads(TEXT, fmt=notebooks.FORMAT).cells
    found = [each for each in headline.sentences(cells) if headline.asked(each)]
    assert sorted(found) == [
        "Poor cities grew faster.",
        "Rich cities grew by {eval}`str(2)` per cent.",
        "The gap fell.",
    ]


def entry(words, **more):
    return Headline(words, lambda page, case: case not in page.false, ("a", "b", "c"), **more)


def test_a_sentence_without_an_entry_or_an_entry_without_one_sentence_is_named():
    found = ["The gap fell.", "Rich cities grew by {eval}`x`.", "The gap is wide.", "Both are."]
    rich, fell = entry("Rich"), entry("gap fell")
    assert not headline.amiss(found, [rich, fell], [])
    assert not headline.amiss(found, [rich], ["gap fell"])
    assert "The gap fell." in headline.amiss(found, [rich], [])
    assert "2 sentences" in headline.amiss(found, [rich, entry("The gap")], [])
    assert "0 sentences" in headline.amiss(found, [rich, fell, entry("rose")], [])
    assert "2 entries" in headline.amiss(found, [rich, fell, entry("fell")], [])
    assert "may have no" in headline.amiss(found, [fell], ["Rich"])
    assert "needs none" in headline.amiss(found, [rich, fell], ["Both"])


def test_a_false_claim_a_wrong_exception_and_a_negated_claim_are_reported():
    true, once, twice = (SimpleNamespace(false=set(each)) for each in ("", "b", "bc"))
    claim, named = entry("gap"), entry("gap", but="b")
    assert claim.overturned(true) == named.overturned(once) == []
    assert claim.overturned(once) == ["b"] and named.overturned(twice) == ["c"]
    assert "it holds there" in named.overturned(true)[0]
    assert Headline("never", lambda page, case: bool(page.false), ("",)).overturned(true) == [""]
    empty = Headline("none", claim.holds, ()), Headline("true", lambda page, case: True)
    assert all("cannot fail" in each.overturned(true)[0] for each in empty)
    negated = Headline("no gap", lambda page, case: not claim.holds(page, case), claim.over)
    assert negated.overturned(true) == ["a", "b", "c"]


def test_a_sentence_of_the_register_reads_as_on_its_page():
    page = SimpleNamespace(x=3)
    source = "{numref}`Chapter %s <sec-answer>` has *more* in {numref}`tab-x`: {eval}`str(x)`."
    assert headline.plain(source, page) == "Chapter 7 has more in the table: 3."
    contents = (notebooks.ROOT / "_toc.yml").read_text(encoding="utf-8")
    chapters = [*dict.fromkeys(re.findall(r"notebooks/(\d\d)-", contents))]
    assert headline.number("sec-hukou") == str(chapters.index("14") + 1)
    assert headline.number("sec-table1") == "4.1"
