"""Examples in Markdown: what is bold, and that words are no markup."""

from xlt.report.examples import examples_markdown
from xlt.study.examples import Example, Word, WordExamples


def test_words_are_no_markup() -> None:
    example = Example(
        sent_id=3, rank=1200, right="*", query=Word(["a", "<b>"], 1), lang="fr", found_sent_id=4, found=Word(["_"], 0)
    )
    words = WordExamples(word="<b>", lang="en", other="fr", layer=1, examples=[example], occurrences=1000, hits=0)
    assert examples_markdown([words]) == (
        "## &lt;b> (en→fr, layer 1)\n\n0 of 1,000 occurrences find their translation.\n\n"
        "✗ the right word, \\*, has rank 1,200\n\n- en 3: a **&lt;b>**\n- fr 4: **\\_**\n"
    )
