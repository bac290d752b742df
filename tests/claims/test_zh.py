import test_index
from headline import ONCE, Headline

HEADLINES = [
    Headline("按比例（比值）接近了", test_index.both_ways, test_index.SPREADS),
    Headline("一篇论文说", test_index.printed, ONCE),
    Headline("没有列出它的", lambda p, _: len(p.income) == 110, ONCE),
    Headline("苏州与昭通之间", test_index.pair, tuple(test_index.census.OUTPUTS)),
]
