"""The page of cities."""

NO_CLAIM = ["A ring marks a year in which"]
