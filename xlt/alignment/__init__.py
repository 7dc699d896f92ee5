"""Vectors of pairs, from a model or from folders, and their scores: the steps ``embed`` and ``align-score``."""
