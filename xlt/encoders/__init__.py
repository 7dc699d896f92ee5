"""Encoders: load any of them, turn words into subwords, batch by length, word vectors at every layer."""
