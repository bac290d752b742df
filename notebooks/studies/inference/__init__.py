"""Chapter 7: few cities, provinces, twelve standard errors, and the rule that decides."""
