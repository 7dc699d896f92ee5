"""Tidy tables in, tidy tables out: correlations, changes, comparisons."""
