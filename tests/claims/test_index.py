import re

from tools.render import notebooks


def test_the_page_in_chinese_computes_the_same():
    """The same code, but for words in pictures and cities."""
    code = []
    for name in ("index", "zh"):
        page = notebooks.read(notebooks.Pair(notebooks.ROOT, name)).cells
        code.append([cell.source for cell in page if cell.cell_type == "code"])
    differ = [english for english, zh in zip(*code, strict=True) if english != zh]
    words = r"(two_cities\.TwoCities|figures\.elasticities|front\.Board)\("
    assert differ and all(re.search(words, source) for source in differ)
