"""``lab languages`` as a function: the files, how they hang together, and that they are the same everywhere."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.lab.material import world
from xlt.corpora.dictionaries import dictionary_files, load_dictionary
from xlt.corpora.labelled import read_labelled
from xlt.corpora.parallel import open_corpus
from xlt.corpora.tagged import read_tagged
from xlt.corpora.words import segmentation
from xlt.errors import XltError
from xlt.lab.languages import choose_world, make_languages
from xlt.lab.world import Language, World
from xlt.lab.world_toml import read_world, world_toml

LANGS = ("qaa", "qab", "qac")
SIZES = {"train": 60, "dev": 15, "test": 20}
WORLD = world(
    Language(),
    Language(shared=600, cognate=200, adjective="after"),
    Language(
        script="georgian", order="SOV", adposition="after", articles=False, particle=True, common_punctuation=False
    ),
)  # fmt: skip
# Changed only on purpose: published worlds would no longer be what their seed says.
PINNED = "c779c45c58458eb411a6a4512aceb638a6a815f6c69f52069c84c267b1aaba93"


@pytest.fixture(scope="module")
def dials(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dials") / "mine.toml"
    path.write_text(world_toml(WORLD), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, dials: Path) -> Path:
    folder = tmp_path_factory.mktemp("lab") / "world"
    assert make_languages(folder, world=dials).output == folder
    return folder


def lines(path: Path) -> list[str]:
    text = path.read_bytes().decode("utf-8")
    assert text.endswith("\n")
    assert "\r" not in text
    return text.removesuffix("\n").split("\n")


def contents(folder: Path) -> dict[str, bytes]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "xlt.json")
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_all_files(made: Path) -> None:
    names = {f"text/{lang}.{split}.txt" for lang in LANGS for split in SIZES}
    for target in LANGS[1:]:
        pair = f"qaa-{target}"
        names |= {f"parallel/{pair}.{split}.{end}" for split in SIZES for end in ("qaa", target, "links")}
        names |= {f"{d}/{a}.txt" for d in ("dict", "dict-train", "dict-test") for a in (pair, f"{target}-qaa")}
    suffixes = {"pos": "conllu", "ner": "tsv", "nli": "tsv", "topic": "tsv", "slots": "conll"}
    names |= {f"{task}/{lang}.{split}.{end}" for task, end in suffixes.items() for lang in LANGS for split in SIZES}
    assert set(contents(made)) == names | {"world.toml"}


def test_the_bytes_are_the_same_everywhere(made: Path) -> None:
    digest = hashlib.sha256()
    for name, content in contents(made).items():
        # The dials' explanations may be reworded.
        if name == "world.toml":
            continue
        digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    assert digest.hexdigest() == PINNED


def test_the_seed_decides_all(made: Path, dials: Path, tmp_path: Path) -> None:
    make_languages(tmp_path / "again", world=made / "world.toml")
    assert contents(tmp_path / "again") == contents(made)
    make_languages(tmp_path / "other", world=dials, seed=8)
    other = contents(tmp_path / "other")
    assert other.keys() == contents(made).keys()
    assert all(other[name] != content for name, content in contents(made).items())


def test_monolingual_text(made: Path) -> None:
    for lang in LANGS:
        parts = [lines(made / "text" / f"{lang}.{split}.txt") for split in SIZES]
        assert [len(p) for p in parts] == list(SIZES.values())
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
        parts = {split: read_tagged(made / task / f"{lang}.{split}.{end}") for split in SIZES}
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
        parts = {split: read_labelled(made / task / f"{lang}.{split}.tsv", pair=pair) for split in SIZES}
        assert {split: len(p) for split, p in parts.items()} == {"train": 40, "dev": 15, "test": 20}
        tests.append(parts["test"])
    assert tests[0].labels == tests[1].labels == tests[2].labels
    assert lines(made / "topic" / "qaa.dev.tsv")[0] == "text\tcategory"
    assert lines(made / "nli" / "qaa.dev.tsv")[0] == "premise\thypothesis\tlabel"


def test_the_record(made: Path, dials: Path, tmp_path: Path) -> None:
    record = json.loads((made / "xlt.json").read_text(encoding="utf-8"))
    assert record["step"] == "lab languages"
    assert record["seed"] == 7
    assert record["params"]["languages"]["qac"]["order"] == "SOV"
    assert [(i["role"], i["name"]) for i in record["inputs"]] == [("world", str(dials))]
    assert set(record["files"]) | {"xlt.json"} == {p.name for p in made.iterdir()}
    text = record["files"]["text"]
    assert text["qab.dev.txt"] == hashlib.sha256((made / "text" / "qab.dev.txt").read_bytes()).hexdigest()
    assert record["summary"]["sentences of text"] == 3 * 95
    assert record["summary"]["sentence pairs"] == 2 * 85
    assert record["summary"]["labelled sentences"] == 5 * 3 * 75


def test_progress(dials: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    make_languages(tmp_path / "w", world=dials, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    total = 3 * 95 + 2 * 85 + 15 * 75
    assert seen[-1] == (total, total)


def test_force_replaces_only_what_is_ours(dials: Path, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    make_languages(folder, world=dials, languages=2)
    with pytest.raises(XltError, match="exists already; give --force"):
        make_languages(folder, world=dials)
    make_languages(folder, world=dials, force=True)
    assert (folder / "text" / "qac.dev.txt").is_file()
    (folder / "text" / "mine.txt").write_text("dear to me\n")
    with pytest.raises(XltError, match=r"text holds mine\.txt, which xlt did not write there"):
        make_languages(folder, world=dials, force=True)
    assert (folder / "text" / "mine.txt").is_file()
    (folder / "text" / "mine.txt").rename(folder / "mine.txt")
    with pytest.raises(XltError, match=r"w holds mine\.txt"):
        make_languages(folder, world=dials, force=True)


def test_nothing_is_left_when_it_fails(tmp_path: Path, dials: Path) -> None:
    with pytest.raises(XltError, match="a world is a folder"):
        make_languages(Path("-"), world=dials)
    narrow = tmp_path / "narrow.toml"
    narrow.write_text(world_toml(WORLD).replace("consonants = 14", "consonants = 2"), encoding="utf-8")
    with pytest.raises(
        XltError, match=r"narrow\.toml: \[languages\.qaa\] consonants and vowels make 15 function words"
    ):
        make_languages(tmp_path / "w", world=narrow)
    assert [p.name for p in tmp_path.iterdir()] == ["narrow.toml"]


def test_options_override_the_file(dials: Path) -> None:
    assert choose_world(dials) == WORLD == read_world(dials)
    changed = choose_world(dials, languages=2, sentences=99, seed=1)
    assert list(changed.languages) == ["qaa", "qab"]
    assert (changed.sizes.text, changed.sizes.parallel, changed.seed) == (99, 99, 1)
    assert (changed.concepts, changed.sizes.tasks) == (WORLD.concepts, WORLD.sizes.tasks)
    for n in (1, 4):
        with pytest.raises(XltError, match=rf"--languages {n}: .*mine\.toml describes 3 languages"):
            choose_world(dials, languages=n)
    with pytest.raises(XltError, match=r"mine\.toml, options applied: \[sizes\] text is 0"):
        choose_world(dials, sentences=0)


def test_the_default_world() -> None:
    default: World = choose_world()
    assert len(default.languages) == 6
    assert default.seed == 42
    assert choose_world(languages=3).targets == ("qab", "qac")
