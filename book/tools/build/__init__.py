"""From texts to pages: execute notebooks, keep their twins, render editions, print."""

from tools.build import quick as quick  # before any module that imports nbformat
