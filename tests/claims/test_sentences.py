"""Judging words of pages follow from figures, and are seen to fail."""

import re

import made_panels
import pytest
import sentences
from nbformat.v4 import new_markdown_cell

from tools.render import notebooks, results

PAGES = {pair.name: pair for pair in notebooks.pairs()}
COMPUTE = """Where a page leads, words and figures are computed, as by {eval}`cases.signs(figures)`,
{eval}`"significant " + cases.among(p < 0.05, p)` or {eval}`prose.holds("...", test, figures)`.
What needs no figures says so behind its full stop: <!-- the paper's words -->, <!-- definition -->,
<!-- identity --> or <!-- the sample -->.  These words are typed:"""
READ = "Read each sentence and its test: does it follow?  Then run `make sentences`.  New are:"
NOTHING = re.compile(r"(?!.*\b(?:positive|negative)\b).*\b(?:not?|none|neither|never|nothing)\b")


def none(heading, wrong):
    assert not wrong, "\n".join([heading, *wrong])


def not_computed(pair):
    """Words that a page types where it leads, or before a figure, each with its sentence."""
    cells = notebooks.read(pair).cells
    said = [each for each in sentences.leading(cells) if not sentences.REMARKS.search(each)]
    typed = [(sentences.typed(each), each) for each in said]
    typed += sentences.directed(cells)
    return [f"book/{pair.name}.md: {word}, in: {each}" for word, each in typed if word]


def unproved(row):
    """What is wrong with a sentence on the made panels, unless it says why it is true on all."""
    if not row["value"] or re.search("<!-- (identity|the sample) -->", row["sentence"]):
        return ""
    if "false" not in [row[panel] for panel in made_panels.MADE]:
        return "is false on no panel: an <!-- identity -->, <!-- the sample -->, or it cannot fail"
    finds = not NOTHING.match(re.sub(r"\(.*?\)", "", row["value"]))
    return "" if finds or row["effects planted"] == "false" else "finds no effect that was planted"


def moved(rows, found, panel):
    """Sentences whose answer on a panel is not that of the list."""
    pairs = [(row, sentences.answer(row, new)) for row, new in zip(rows, found, strict=True)]
    pairs = [(row, said) for row, said in pairs if said != row[panel]]
    return [f"{row['sentence']} expected {row[panel]}, found {said}" for row, said in pairs]


def test_no_words_are_untrue_or_cannot_be_computed():
    none("Figures contradict or do not give these words:", results.marked())


def test_judging_words_and_numbers_are_computed():
    told = [line for name, pair in PAGES.items() for line in not_computed(pair)]
    none(COMPUTE, told)


def test_each_sentence_was_read_with_its_test():
    rows = sentences.now()
    kept = [{key: row[key] for key in sentences.KEY} for row in sentences.read()]
    none(READ, [" | ".join(row.values()) for row in rows if row not in kept])
    assert rows == kept, "sentences went, or moved: run `make sentences`"


def test_each_sentence_is_false_on_a_panel():
    told = [
        (f"book/{row['page']}.md: {row['sentence']}", unproved(row)) for row in sentences.read()
    ]
    none("These sentences prove nothing:", [f"{said} {why}" for said, why in told if why])


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("panel", made_panels.MADE)
def test_sentences_on_a_made_panel_are_as_listed(page, panel):
    rows = [row for row in sentences.read() if row["page"] == page]
    values = sentences.on(panel, PAGES[page])
    rows = rows[: len(values)]  # what is pinned comes last
    none(f"Run `make sentences PAGES={page}`, read what moves:", moved(rows, values, panel))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("part", made_panels.PARTS)
def test_a_page_on_a_part_of_the_panel_says_what_lacks(page, part):
    """A cell that cannot run says why in the words of lib, and sentences that they lack figures."""
    refused = []
    sentences.on(part, PAGES[page], refused)
    first = refused[:1]  # others may lack what it has not made
    wrong = [each for each in first if "DataError: " not in each.splitlines()[-1]]
    none("This cell does not say what lacks, as by panel.need:", wrong)


def test_a_typed_direction_with_a_figure_behind_it_is_named():
    said = ["It rises by {eval}`x`.", "It fell from {eval}`x` to 2.", "It is {eval}`x`.",
            "It {eval}`prose.compared(x, 0)` by {eval}`x`."]  # fmt: skip
    found = sentences.directed([new_markdown_cell("\n".join(said))])
    assert found == [("rises", said[0]), ("fell", said[1])]


def test_linked_words_judge_and_numbers_of_tables_do_not():
    said = "See {ref}`three tables <sec-x>`, {ref}`4.1 <sec-y>` and {numref}`tab-3`."
    assert sentences.typed(said) == "three"


@pytest.mark.parametrize(
    ("sentence", "answers", "why"),
    [
        ("It rises.", "true true true true", "is false on no panel"),
        ("It rises. <!-- identity -->", "true true true true", ""),
        ("It has no slope.", "true true false true", "finds no effect that was planted"),
        ("It has no slope.", "true true true false", ""),
    ],
)
def test_what_cannot_fail_and_what_is_blind_prove_nothing(sentence, answers, why):
    row = {"sentence": sentence, "value": sentence}
    row |= dict(zip(made_panels.MADE, answers.split(), strict=True))
    assert unproved(row).startswith(why) and bool(unproved(row)) == bool(why)
