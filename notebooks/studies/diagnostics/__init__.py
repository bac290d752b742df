"""Chapter 6: four diagnostics that change the answer, and a table of the others."""
