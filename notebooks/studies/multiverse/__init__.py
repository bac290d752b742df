"""Every claim under every reading that can be defended, estimand by estimand."""
