"""Tasks: which there are, spans and metrics; words and labels in, numbers out."""
