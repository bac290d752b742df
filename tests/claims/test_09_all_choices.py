"""The figures of the page on all choices, against other ways to find them."""
