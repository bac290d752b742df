"""Buttons that open a page's notebook elsewhere, if ``_config.yml`` names the repository it is in.

The theme draws them from ``launch_buttons``, and without an address would stop; so that the address
is all that has to be filled in, the buttons are taken away where there is none.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.config import Config


def only_with_an_address(app: Sphinx, config: Config) -> None:
    """Take the launch buttons away where no repository is named."""
    options = config.html_theme_options
    if not options.get("repository_url"):
        options["launch_buttons"] = {}


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("config-inited", only_with_an_address)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
