"""What ``make`` runs: the build and the course."""

import lib  # noqa: F401  It refuses a mixture of two clones.
