"""Indicators and regressions of a replicated regional-economics paper."""

from importlib.util import find_spec as _find_spec
from pathlib import Path as _Path

# An environment of another clone would silently bring that clone's packages.
_HOME = _Path(__file__).resolve().parents[1]
for _name, _place in (("studies", "notebooks/studies"), ("tools", "book/tools")):
    _own, _spec = _HOME / _place / "__init__.py", _find_spec(_name)
    if _own.is_file() and _spec and _spec.origin and _Path(_spec.origin).resolve() != _own:
        raise ImportError(
            f"lib is that of {_HOME}; found {_name} in {_Path(_spec.origin).parent}, expected "
            f"{_own.parent}: use make, or the environment of this clone"
        )
