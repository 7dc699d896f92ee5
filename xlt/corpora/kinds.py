"""Names that an option chooses from; light to import."""

from typing import Literal

Kind = Literal["corpus", "dictionary", "tagging", "sentences"]
DictSplit = Literal["all", "train", "test"]
