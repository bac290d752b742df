"""A form in which a reader's answer is checked."""

from collections.abc import Mapping
from typing import Any

from widgets import filled, packed


def form(label: str, about: Mapping[str, Any], open_to: bool) -> str:
    """A line of HTML, which stays hidden where no script runs.

    `about` has ``ask``, ``hint`` and ``choices``, which are shown, and what the script judges by;
    the form may open the solution.
    """
    data = {key: each for key, each in about.items() if key not in {"ask", "hint", "choices"}}
    return filled("check", label=label, about=about, open_to=open_to, data=packed(data))
