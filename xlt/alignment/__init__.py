"""Alignment scores: arrays in, numbers out."""
