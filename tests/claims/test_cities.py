"""Sentences of the page city by city."""

NO_CLAIM = ["A ring marks a year"]
