"""``python -m tools.region``: see :mod:`tools.region.make`."""

from tools.region.make import main

raise SystemExit(main())
