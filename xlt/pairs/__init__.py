"""Text to linked words: the steps ``extract-pairs`` and ``aer``."""
