"""Chapter 7: how errors are correlated, and which standard error keeps its size."""
