"""The steps as plain functions, what a notebook calls: read files, call the rooms below, write files."""
