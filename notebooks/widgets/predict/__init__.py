"""A question that a reader answers before the page shows the answer.

Pages fold the answer under ``:class-container: predict``; the script covers what follows.
"""
