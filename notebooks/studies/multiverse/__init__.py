"""Every claim under every reading that can be defended, estimand by estimand."""

from studies.multiverse import curve, draws, figures, register
from studies.multiverse.explore import Multiverse, explore
from studies.multiverse.shares import CHOICES, judged

__all__ = ["CHOICES", "Multiverse", "curve", "draws", "explore", "figures", "judged",
           "register"]  # fmt: skip
