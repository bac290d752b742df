"""Cut the Chinese letters of the pages out of Noto Sans SC: ``python -m tools.render.letters``.

Where no Chinese font is installed, a browser shows boxes in the place of these letters.  So the
pages bring them along: ``book/_static/noto-sans-sc.woff``, under the licence that lies beside it.
Run this when a test names letters that the file lacks.  ``npm`` fetches the font, which its
package has in slices: one with the common letters, and a hundred with the others.
"""

import io
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from fontTools import merge, subset

ROOT = Path(__file__).resolve().parents[3]
FONT = ROOT / "book" / "_static" / "noto-sans-sc.woff"
PACKAGE = "@fontsource/noto-sans-sc"
SLICE = re.compile(r"package/files/noto-sans-sc-(chinese-simplified|\d+)-400-normal\.woff")
# What pages are made of: texts, references, descriptions of functions, sentences, cities.
SOURCES = ("book/*.md", "book/*.bib", "lib/**/*.py", "notebooks/studies/**/*.py",
           "notebooks/widgets/*/*.py", "notebooks/widgets/*/*.json", "book/_ext/*.json",
           "data/yearbook/*.py", "data/claims.csv", "data/cities.csv",
           "data/policy_dates.csv", "book/_static/search.js")  # fmt: skip


def letters(text: str) -> set[str]:
    """The Chinese letters and signs of a text."""
    blocks = ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF))
    return {each for each in text if any(low <= ord(each) <= high for low, high in blocks)}


def slices() -> list[io.BytesIO]:
    """The slices of the font, from the npm registry; that with the common letters comes first."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as package:
            names = filter(SLICE.fullmatch, package.getnames())
            ordered = sorted(names, key=lambda name: ("simplified" not in name, name))
            return [io.BytesIO(package.extractfile(name).read()) for name in ordered]


def parts(wanted: set[int]) -> list[io.BytesIO]:
    """The letters that are wanted, cut out of the slices that have them.

    Raises
    ------
    SystemExit
        No slice has one of them.
    """
    options = subset.Options(layout_features=[], hinting=False)
    found = []
    for each in slices():
        with subset.load_font(each, options) as font:
            mine = wanted & font.getBestCmap().keys()
            if mine:
                cutter = subset.Subsetter(options)
                cutter.populate(unicodes=mine)
                cutter.subset(font)
                font.flavor = None
                found.append(io.BytesIO())
                font.save(found[-1])
                wanted = wanted - mine
    if wanted:
        raise SystemExit(f"{PACKAGE} has no {''.join(map(chr, sorted(wanted)))}")
    return found


def main() -> None:
    """Cut the font, and say how large it is."""
    texts = [path.read_text(encoding="utf-8") for each in SOURCES for path in ROOT.glob(each)]
    wanted = letters("".join(texts))
    font = merge.Merger().merge(parts(set(map(ord, wanted))))
    font.flavor, font.recalcTimestamp = "woff", False
    font["head"].created = font["head"].modified = 0  # so that two runs write the same bytes
    font.save(FONT)
    print(f"{FONT.relative_to(ROOT)}: {len(wanted)} letters, {FONT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
