"""Corpora and dictionaries: manifests, fetching, readers, word segmentation."""
