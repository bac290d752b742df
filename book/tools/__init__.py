"""What ``make`` runs: the build, the course, and the road from a yearbook."""

import lib  # noqa: F401  It refuses a mixture of two clones.
