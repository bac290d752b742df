"""Every claim under every reading that can be defended, estimand by estimand."""

from studies.multiverse import curve, draws, figures, register
from studies.multiverse.explore import Multiverse, explore
from studies.multiverse.lookup import which
from studies.multiverse.shares import CHOICES, by_option, judged

__all__ = ["CHOICES", "Multiverse", "by_option", "curve", "draws", "explore", "figures", "judged",
           "register", "which"]  # fmt: skip
