"""The words of a corpus and its links: what is a candidate, what a query, and what is left out."""

from pathlib import Path

import numpy as np
import pytest

from tests.pair_files import Rows, row, write_pairs
from xlt.alignment.corpus import LinkedCorpus, one_of_each_form, read_corpora, with_vectors, without_seen
from xlt.files.pairs import open_pairs

# The second sentence pair has no link, the last is one that occurs again on both sides.
ROWS: Rows = [
    row(3, "the cat sleeps", "le chat dort", "0-0 1-1 2-2"),
    row(4, "yes", "oui oui", ""),
    row(7, "the black cat", "un chat noir", "1-2 2-1"),
    row(9, "the cat sleeps", "le chat dort", "0-0"),
]


def corpus_of(path: Path, *files: Rows) -> LinkedCorpus:
    names = [write_pairs(path / f"{i}.parquet", rows, batch=2) for i, rows in enumerate(files)]
    _, corpora = read_corpora([open_pairs(name) for name in names])
    assert list(corpora) == [("en", "fr")]
    return corpora["en", "fr"]


def test_every_word_is_a_candidate(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, ROWS)
    assert corpus.src.forms == ["the", "cat", "sleeps", "yes", "the", "black", "cat", "the", "cat", "sleeps"]
    assert corpus.tgt.forms == ["le", "chat", "dort", "oui", "oui", "un", "chat", "noir", "le", "chat", "dort"]
    assert corpus.src.sent_id.tolist() == [3, 3, 3, 4, 7, 7, 7, 9, 9, 9]
    assert corpus.tgt.idx.tolist() == [0, 1, 2, 0, 1, 0, 1, 2, 0, 1, 2]
    assert (corpus.src.lang, corpus.tgt.lang) == ("en", "fr")
    links = zip(corpus.src_row.tolist(), corpus.tgt_row.tolist(), strict=True)
    assert list(links) == [(0, 0), (1, 1), (2, 2), (5, 7), (6, 6), (7, 8)]
    # A sentence that occurs again is embedded once: its words have the numbers of the first.
    assert corpus.src.word[7:].tolist() == corpus.src.word[:3].tolist()
    assert corpus.counts == {"sentences that occur again": 2}


def test_languages_are_corpora_of_their_own_and_files_stand_in_their_order(tmp_path: Path) -> None:
    arabic = [row(0, "the cat", "al qit", "1-1", "en-ar")]
    names = [write_pairs(tmp_path / f"{i}.parquet", r) for i, r in enumerate(([ROWS[2], *arabic], ROWS[:1]))]
    sentences, corpora = read_corpora([open_pairs(name) for name in names])
    assert sentences == [
        r.split() for r in ("the black cat", "the cat", "un chat noir", "al qit", "the cat sleeps", "le chat dort")
    ]
    assert {langs: corpus.forms() for langs, corpus in corpora.items()} == {
        ("en", "fr"): [("black", "noir"), ("cat", "chat"), ("the", "le"), ("cat", "chat"), ("sleeps", "dort")],
        ("en", "ar"): [("cat", "qit")],
    }
    assert corpora["en", "fr"].src.sent_id.tolist() == [7, 7, 7, 3, 3, 3]


def test_words_without_a_vector_are_no_candidates(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, ROWS)
    has_vector = np.ones(1 + max(corpus.src.word.max(), corpus.tgt.word.max()), np.bool_)
    has_vector[corpus.src.word[1]] = False  # "cat" of the sentence that occurs again, too
    rest = with_vectors(corpus, has_vector)
    assert rest.src.forms == ["the", "sleeps", "yes", "the", "black", "cat", "the", "sleeps"]
    assert rest.tgt.forms == corpus.tgt.forms
    assert rest.forms() == [("the", "le"), ("sleeps", "dort"), ("black", "noir"), ("cat", "chat"), ("the", "le")]
    assert rest.counts == {**corpus.counts, "words without vector": 2, "links without vector": 1}
    assert with_vectors(corpus, np.ones_like(has_vector)).counts == corpus.counts


@pytest.mark.parametrize("lowercase", [False, True])
def test_pairs_that_training_has_seen_are_no_queries(tmp_path: Path, lowercase: bool) -> None:
    corpus = corpus_of(tmp_path, ROWS)
    seen = [("The", "Le"), ("cat", "chat"), ("sleeps", "noir")]
    rest = without_seen(corpus, seen, lowercase=lowercase)
    assert rest.forms() == [*([] if lowercase else [("the", "le")]), ("sleeps", "dort"), ("black", "noir"),
                            *([] if lowercase else [("the", "le")])]  # fmt: skip
    assert rest.counts["word pairs seen before, left out"] == (4 if lowercase else 2)
    assert (len(rest.src), len(rest.tgt)) == (len(corpus.src), len(corpus.tgt))


def test_one_word_of_each_form(tmp_path: Path) -> None:
    # As in cao2020's non-contextual variant: the second cat ~ chat goes, and 'the' ~ 'un' would.
    rows = [ROWS[0], ROWS[1], row(7, "the black cat", "un chat noir", "0-0 1-2 2-1")]
    types = one_of_each_form(corpus_of(tmp_path, rows))
    assert types.forms() == [("the", "le"), ("cat", "chat"), ("sleeps", "dort"), ("black", "noir")]
    assert types.src.forms == ["the", "cat", "sleeps", "yes", "black"]
    assert types.tgt.forms == ["le", "chat", "dort", "oui", "un", "noir"]
    assert types.counts["word pairs of a form again, left out"] == 2


def test_of_a_linked_form_the_linked_word_is_the_candidate(tmp_path: Path) -> None:
    rows = [row(0, "cat", "oui", ""), row(1, "yes cat", "chat", "1-0")]
    types = one_of_each_form(corpus_of(tmp_path, rows))
    assert (types.src.forms, types.src.sent_id.tolist()) == (["yes", "cat"], [1, 1])
    assert (types.src_row.tolist(), types.tgt_row.tolist()) == ([1], [1])
