"""How much one thing may be, so that what a file says cannot fill the memory; sound data stay far below.

A file may be as large as it likes. What is bounded is what takes memory beyond the file's own size: a cell or line that
is held whole, and what a few bytes stand for (compressed blanks, a text that stands once and is meant in every row).
"""

# Bytes of UTF-8. The longest code of BCP 47 in use has some 40, the longest word without a blank (a Thai or Chinese
# sentence that is pretokenized as one, a protein) some thousands.
LONGEST_LANGUAGE = 256
LONGEST_WORD = 1 << 16
# A cell, or a line of text: a long novel has a sixteenth of it.
LONGEST_TEXT = 1 << 24

# Text is packed to a third or a tenth, the most monotonous table that we saw to a hundredth.
MOST_TIMES = 200
# Below this nothing is too much, in memory and on disk.
LEAST_HELD, LEAST_ON_DISK = 1 << 26, 1 << 28

# A row has a number, an index or a word of its own.
MOST_ROWS_A_BYTE, LEAST_ROWS = 20, 1 << 17

# Sentences that a file of gold links may number.
MOST_SENTENCES = 1 << 22

# Of an encoder; the deepest that are published have a hundred.
MOST_LAYERS = 10_000

# Decoded text of one batch of rows, above which it comes in several.
BATCH_BYTES = 1 << 25


def most_unpacked(packed: int, least: int = LEAST_HELD) -> int:
    """How many bytes may come out of some compressed ones."""
    return max(least, MOST_TIMES * packed)


def most_rows(size: int) -> int:
    """How many rows, or entries of lists, a file of so many bytes may have."""
    return max(LEAST_ROWS, MOST_ROWS_A_BYTE * size)
