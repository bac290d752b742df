"""Figures in prose: which values are let in, and where a role is a role."""

import pytest

from lib import prose
from tools.render import expressions, results


def answer(shown):
    return {"status": "ok", "data": {"text/plain": shown}, "metadata": {}}


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("'0.747*'", "0.747*"), ("110", "110"), ("np.int64(-3)", "-3"), ("np.str_('five')", "five"),
        ('"Ji\'nan and Huainan"', "Ji'nan and Huainan"), ("'2009–2021'", "2009–2021"),
        ("'none'", "none"), ("'–'", expressions.CANNOT), ("'= –'", expressions.CANNOT),
        ("'– to 1.2'", expressions.CANNOT), ("'a – b'", "a – b"),
    ],
)  # fmt: skip
def test_a_whole_number_or_a_text_is_let_in(shown, text):
    assert expressions.value(answer(shown)) == text


@pytest.mark.parametrize(
    "shown",
    ["0.5", "np.float64(0.5)", "nan", "None", "True", "''", "' '", "'nan'", "'t = -nan'", "'None'",
     "'<NA>'", "'inf'", "[1]", "<function f at 0x1>", "'two\\nlines'", "1j"],
)  # fmt: skip
def test_anything_else_is_refused(shown):
    with pytest.raises(ValueError, match="gives"):
        expressions.value(answer(shown))


TEXT = """# Of {eval}`n` cities

Twice {eval}`n` and {eval}`f("a", 1)`; "`` {eval}`quoted` ``" is none.

| {eval}`cell` | b |

```python
{eval}`code`
```

:::{note}
Inside {eval}`nested`.
:::

````{admonition} T
{eval}`fenced`
````
"""


def test_a_role_is_a_role_in_text_and_in_captions_and_not_in_code():
    asked = [expression for expression, _ in expressions.in_text(TEXT)]
    assert asked == ["n", "n", 'f("a", 1)', "cell", "nested", "fenced"]
    replaced = expressions.replaced(TEXT, lambda expression: f"<{expression}>")
    assert replaced.count("<") == 6 and "{eval}`code`" in replaced and "{eval}`quoted`" in replaced
    about = {"table": {"note": "of {eval}`a`"}, "mystnb": {"image": {"alt": "{eval}`b`"}}}
    cell = {"cell_type": "code", "source": "", "metadata": about}
    assert [expression for expression, _ in expressions.of_cell(cell)] == ["a", "b"]


def test_words_that_figures_contradict_or_do_not_give_are_told_with_their_page(tmp_path):
    untrue, cannot = prose.holds("It [1] rises", False, 1), prose.holds("It falls", True, None)
    rows = ["page,n,expression,value", f"a,1,x,{untrue} {cannot}", f"b,1,y,{prose.CANNOT} [0]"]
    (tmp_path / "notebooks").mkdir()
    (tmp_path / results.RESULTS).write_text("\n".join(rows))
    told = f"book/a.md: {untrue}, in x", f"book/a.md: {cannot}, in x"
    assert results.marked(tmp_path) == [*told, f"book/b.md: {prose.CANNOT}, in y"]
