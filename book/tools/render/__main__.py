"""``python -m tools.render``: see :mod:`tools.render.book`."""

from tools.render import running

running.stops_at_once()  # before what follows is imported, which takes a second

from tools.render.book import main  # noqa: E402

raise SystemExit(main())
