"""``python -m tools.build``: see :mod:`tools.build.book`."""

from tools.build.book import main

raise SystemExit(main())
