"""Realignment losses: word vectors in, a scalar out."""
