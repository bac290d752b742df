"""Every claim under every reading that can be defended, estimand by estimand."""

from studies.multiverse import curve, draws, figures, register
from studies.multiverse.explore import Multiverse, explore
from studies.multiverse.lookup import which
from studies.multiverse.shares import shares

__all__ = ["Multiverse", "curve", "draws", "explore", "figures", "register", "shares", "which"]
