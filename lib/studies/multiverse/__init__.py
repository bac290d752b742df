"""Every claim under every reading that can be defended, estimand by estimand."""

from lib.studies.multiverse import curve, draws, figures, register
from lib.studies.multiverse.explore import Multiverse, explore
from lib.studies.multiverse.shares import shares

__all__ = ["Multiverse", "curve", "draws", "explore", "figures", "register", "shares"]
