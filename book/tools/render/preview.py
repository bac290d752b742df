"""Take the pictures that go with links to pages: ``python -m tools.render.preview [PAGE ...]``.

The front page's picture stands on the README, too.  Every other page has that of its
first figure.  Run this after ``make book`` when figures have changed; it needs Chromium.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, sync_playwright

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "_build" / "html" / "notebooks"
FRONT = ROOT / "book" / "_static" / "two-cities.png"
OTHERS = ROOT / "book" / "_static" / "previews"
CHROMIUM = "chromium", "chromium-browser", "google-chrome"
STYLE = """.two-cities { padding: 12px } .two-cities .choices { display: none !important }
figure { margin: 0 !important; padding: 12px } """


def main(names: Sequence[str] = ()) -> None:
    """Save the front page's map, panels and sentence, and of other pages a figure, on white."""
    OTHERS.mkdir(exist_ok=True)
    with sync_playwright() as engine:
        found = next(filter(None, map(shutil.which, CHROMIUM)), None)
        browser = engine.chromium.launch(executable_path=found, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, device_scale_factor=1.25
        )
        tab = context.new_page()
        pages = [PAGES / f"{name}.html" for name in names] or sorted(PAGES.glob("*.html"))
        for page in pages:
            tab.goto(page.as_uri())
            tab.add_style_tag(content=STYLE)
            drawn = tab.locator(
                "div.two-cities, figure:not(:has(.two-cities)) svg[role=img]:visible"
            )
            if drawn.count():
                take(drawn.first, FRONT if page.stem == "index" else OTHERS / f"{page.stem}.png")
        browser.close()


def take(drawn: Locator, path: Path) -> None:
    """Save it with 64 colours."""
    drawn.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
