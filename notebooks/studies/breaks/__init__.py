"""Chapter 9: slopes before and after a year, and in the reaches of the river."""
