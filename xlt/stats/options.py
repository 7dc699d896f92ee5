"""What the statistics offer by name, light enough to be loaded for a help text."""

from typing import Literal

# Coefficients of correlation; xlt.stats.correlation has a function for each.
Method = Literal["spearman", "pearson", "kendall"]
# Adjustments of p-values for their number; xlt.stats.adjust has a function for each.
Adjust = Literal["holm", "bh"]
