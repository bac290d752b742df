"""``python -m tools.render``: see :mod:`tools.render.book`."""

from tools.render.book import main

raise SystemExit(main())
