"""Take the picture of links, README and cover off the front page: ``python data/make/preview.py``.

Run this after ``make book`` when the picture of the front page has changed; it needs Chromium.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.render import pdf

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "_build" / "html" / "notebooks" / "index.html"
PICTURE = ROOT / "book" / "_static" / "two-cities.png"
OWN = ".two-cities { padding: 12px } .two-cities .choices { display: none !important }"


def main(page: Path = PAGE) -> None:
    """Save both panels and their sentence, on white."""
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=pdf.chromium(), args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, device_scale_factor=1.25
        )
        tab = context.new_page()
        tab.goto(page.as_uri())
        tab.add_style_tag(content=OWN)
        tab.locator("div.two-cities").screenshot(path=PICTURE)
        browser.close()
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
