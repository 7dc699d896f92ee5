"""Words in their sentences, with those that they found, in Markdown."""

from collections.abc import Sequence

from xlt.files.markup import markdown_text
from xlt.study.examples import Example, Word, WordExamples

_MARKS = {True: "✓", False: "✗"}


def examples_markdown(words: Sequence[WordExamples]) -> str:
    """A heading per word, and for each occurrence its sentence, that of the word found, and whether it is right."""
    return "\n".join(_of_word(word) for word in words)


def _of_word(word: WordExamples) -> str:
    langs = f"{markdown_text(word.lang)}→{markdown_text(word.other)}"
    head = (
        f"## {markdown_text(word.word)} ({langs}, layer {word.layer})\n\n"
        f"{word.hits:,} of {word.occurrences:,} occurrences find their translation.\n"
    )
    return "\n".join([head, *(_of_occurrence(example, word.lang) for example in word.examples)])


def _of_occurrence(example: Example, lang: str) -> str:
    hit = example.rank == 1
    rank = "rank 1" if hit else f"the right word, {markdown_text(example.right)}, has rank {example.rank:,}"
    return (
        f"{_MARKS[hit]} {rank}\n\n"
        f"- {markdown_text(lang)} {example.sent_id}: {_bold(example.query)}\n"
        f"- {markdown_text(example.lang)} {example.found_sent_id}: {_bold(example.found)}\n"
    )


def _bold(word: Word) -> str:
    words = [markdown_text(one) for one in word.words]
    words[word.place] = f"**{words[word.place]}**"
    return " ".join(words)
