"""Many regressions at once: the batched kernel and the wild cluster bootstrap."""
