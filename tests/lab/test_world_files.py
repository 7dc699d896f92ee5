"""The files of a constructed world: what readers make of them, and how they hang together."""

from pathlib import Path

import pytest

from tests.lab.small_worlds import LANGS, SPLITS, THREE
from xlt.corpora.dictionaries import dictionary_files, load_dictionary
from xlt.corpora.labelled import read_labelled
from xlt.corpora.parallel import open_corpus
from xlt.corpora.tagged import read_tagged
from xlt.corpora.words import segmentation
from xlt.lab.world_files import Counter, planned_sentences


def lines(path: Path) -> list[str]:
    text = path.read_bytes().decode("utf-8")
    assert text.endswith("\n")
    assert "\r" not in text
    return text.removesuffix("\n").split("\n")


def test_monolingual_text(made: Path) -> None:
    for lang in LANGS:
        parts = [lines(made / "text" / f"{lang}.{split}.txt") for split in SPLITS]
        assert [len(p) for p in parts] == list(SPLITS.values())
        train, dev, test = map(set, parts)
        assert not train & dev | train & test | dev & test
        # Our blanks are where the default segmentation cuts.
        tokens = segmentation(lang).segment(parts[0]).values.to_pylist()
        assert tokens == [word for line in parts[0] for word in line.split(" ")]


def test_parallel_text_and_links(made: Path) -> None:
    for target in LANGS[1:]:
        for split, n in (("train", 50), ("dev", 15), ("test", 20)):
            prefix = made / "parallel" / f"qaa-{target}.{split}"
            corpus = open_corpus(str(prefix), "qaa", target)
            ((src, tgt),) = corpus.read()
            links = lines(prefix.with_name(prefix.name + ".links"))
            assert len(src) == len(tgt) == len(links) == n
            for a, b, row in zip(src, tgt, links, strict=True):
                pairs = [tuple(map(int, link.split("-"))) for link in row.split(" ")]
                assert pairs == sorted(set(pairs))
                assert all(i < len(a.split()) and j < len(b.split()) for i, j in pairs)
                # One to one, the full stops among them; articles and particles without a counterpart.
                assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
                assert (len(a.split()) - 1, len(b.split()) - 1) in pairs


def test_dictionaries(made: Path) -> None:
    forward, backward = dictionary_files(str(made / "dict"), "qaa", "qac")
    dictionary = load_dictionary(forward, backward)
    assert dictionary.malformed == 0
    linked: dict[str, dict[str, int]] = {}
    prefix = str(made / "parallel" / "qaa-qac.train")
    for a, b, row in zip(*(lines(Path(f"{prefix}.{end}")) for end in ("qaa", "qac", "links")), strict=True):
        for i, j in (map(int, link.split("-")) for link in row.split()):
            word, other = a.split()[i], b.split()[j]
            if word not in ".,":
                linked.setdefault(word, {}).setdefault(other, 0)
                linked[word][other] += 1
    entries = [tuple(line.split(" ")) for line in lines(made / "dict" / "qaa-qac.txt")]
    assert set(entries) == {(a, b) for a, others in linked.items() for b in others}
    assert len(entries) == len(set(entries))
    assert any(len(others) > 1 for others in linked.values())
    frequency = [sum(linked[word].values()) for word, _ in entries]
    assert frequency == sorted(frequency, reverse=True)
    assert {(b, a) for a, b in entries} == {tuple(line.split(" ")) for line in lines(made / "dict" / "qac-qaa.txt")}

    train, test = (lines(made / f"dict-{part}" / "qaa-qac.txt") for part in ("train", "test"))
    assert [tuple(line.split(" ")) for line in train + test] == entries
    words = [{line.split(" ")[0] for line in part} for part in (train, test)]
    assert not words[0] & words[1]
    assert len(words[0]) == (len(words[0]) + len(words[1])) * 10 // 13
    back = {tuple(line.split(" ")[::-1]) for line in lines(made / "dict-test" / "qac-qaa.txt")}
    assert back == {tuple(line.split(" ")) for line in test}


@pytest.mark.parametrize(("task", "end"), [("pos", "conllu"), ("ner", "tsv"), ("slots", "conll")])
def test_tagged_data(made: Path, task: str, end: str) -> None:
    tags = {}
    for lang in LANGS:
        parts = {split: read_tagged(made / task / f"{lang}.{split}.{end}") for split in SPLITS}
        assert {split: len(p) for split, p in parts.items()} == {"train": 40, "dev": 15, "test": 20}
        texts = {split: {" ".join(words) for words in p.words} for split, p in parts.items()}
        assert not texts["train"] & texts["test"] | texts["train"] & texts["dev"] | texts["dev"] & texts["test"]
        tags[lang] = [sorted(t for t in labels if t not in {"O", "DET", "PART"}) for labels in parts["test"].labels]
    # The same meanings in all languages, said in different orders and with or without articles and particles.
    assert tags["qaa"] == tags["qab"] == tags["qac"]
    if task == "ner":
        assert all(any(t.startswith("B-") for t in sentence) for sentence in tags["qaa"])
    if task == "slots":
        heads = [
            [row for row in lines(made / task / f"{lang}.test.{end}") if row.startswith("# intent = ")]
            for lang in LANGS
        ]
        assert heads[0] == heads[1] == heads[2]
        assert len(heads[0]) == 20


@pytest.mark.parametrize(("task", "pair"), [("nli", True), ("topic", False)])
def test_labelled_data(made: Path, task: str, pair: bool) -> None:
    tests = []
    for lang in LANGS:
        parts = {split: read_labelled(made / task / f"{lang}.{split}.tsv", pair=pair) for split in SPLITS}
        assert {split: len(p) for split, p in parts.items()} == {"train": 40, "dev": 15, "test": 20}
        tests.append(parts["test"])
    assert tests[0].labels == tests[1].labels == tests[2].labels
    assert lines(made / "topic" / "qaa.dev.tsv")[0] == "text\tcategory"
    assert lines(made / "nli" / "qaa.dev.tsv")[0] == "premise\thypothesis\tlabel"


def test_sentences_are_counted_by_data_set() -> None:
    heard: list[tuple[int, int | None]] = []
    counter = Counter(planned_sentences(THREE), lambda done, total: heard.append((done, total)))
    counter.add("text", 40)
    counter.add("pos", 5)
    counter.add("text", 2)
    assert counter.sentences == {"text": 42, "pos": 5}
    # Three languages of text, two parallel ones, five tasks in three languages; 35 held out of each.
    planned = 3 * (60 + 35) + 2 * (50 + 35) + 5 * 3 * (40 + 35)
    assert heard == [(40, planned), (45, planned), (47, planned)]
    Counter(1).add("text", 1)  # nobody listens
