"""Constructed languages whose every word, link, tag and label is known."""
