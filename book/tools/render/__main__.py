"""``python -m tools.render``: see :mod:`tools.render.book`."""

import signal

# Before what follows is imported, which takes a second.  An exception would be lost where Python
# ignores exceptions, as in callbacks; kernels end when this program is gone.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from tools.render.book import main  # noqa: E402

raise SystemExit(main())
