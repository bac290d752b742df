"""Many samples at once: the wild cluster bootstrap."""
