"""The files between the steps: the only place that touches our own formats."""
