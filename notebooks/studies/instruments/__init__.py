"""Chapter 8: instruments made of ratios, and inference that does not need them to be strong."""
