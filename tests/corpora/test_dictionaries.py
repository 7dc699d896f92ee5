"""MUSE-format dictionaries."""

import gzip
from pathlib import Path

import pytest

from xlt.corpora.dictionaries import dictionary_files, distinct_entries, load_dictionary
from xlt.corpora.kinds import DictSplit
from xlt.errors import XltError


def write(path: Path, *lines: str) -> Path:
    data = "".join(line + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["en-fr.txt", "en-fr.txt.gz"])
@pytest.mark.parametrize("separator", [" ", "\t", "  ", " \t"])
def test_formats(tmp_path: Path, name: str, separator: str) -> None:
    path = write(tmp_path / name, f"dog{separator}chien", f"cat{separator}chat ", "", f"dog{separator}clébard\r")
    dictionary = load_dictionary(path, None)
    assert dictionary.entries == [("dog", "chien"), ("cat", "chat"), ("dog", "clébard")]
    assert (dictionary.files, dictionary.lines, dictionary.malformed, dictionary.identical) == ((path,), 4, 0, 0)


def test_words_may_hold_any_character_but_blank_and_tab(tmp_path: Path) -> None:
    path = write(tmp_path / "x.txt", "a\u00a0b\tc\u2028d", "\ufeff\t\x85")
    assert load_dictionary(path, None).entries == [("a\u00a0b", "c\u2028d"), ("\ufeff", "\x85")]


def test_both_directions_are_united(tmp_path: Path) -> None:
    forward = write(tmp_path / "en-fr.txt", "dog chien", "cat chat", "dog chien")
    backward = write(tmp_path / "fr-en.txt", "chat cat", "minou cat", "chat pussy")
    dictionary = load_dictionary(forward, backward)
    assert dictionary.entries == [("dog", "chien"), ("cat", "chat"), ("cat", "minou"), ("pussy", "chat")]
    assert dictionary.lines == 6
    assert dictionary.files == (forward, backward)


def test_one_direction_alone_may_be_the_reversed_one(tmp_path: Path) -> None:
    backward = write(tmp_path / "fr-en.txt", "chat cat")
    assert load_dictionary(None, backward).entries == [("cat", "chat")]


def test_identical_words_are_left_out_and_counted(tmp_path: Path) -> None:
    forward = write(tmp_path / "en-fr.txt", "paris paris", "Paris paris", "radio radio")
    backward = write(tmp_path / "fr-en.txt", "taxi taxi")
    dictionary = load_dictionary(forward, backward)
    assert dictionary.entries == [("Paris", "paris")]
    assert dictionary.identical == 3


def test_nothing_but_identical_words(tmp_path: Path) -> None:
    with pytest.raises(XltError, match="no entry of two different words"):
        load_dictionary(write(tmp_path / "x.txt", "paris paris"), None)


@pytest.mark.parametrize("bad", ["new york new-york", "alone", "a b c d"])
def test_up_to_one_line_in_a_hundred_may_be_malformed(tmp_path: Path, bad: str) -> None:
    good = [f"s{i} t{i}" for i in range(198)]
    dictionary = load_dictionary(write(tmp_path / "x.txt", *good, bad, bad), None)
    assert (len(dictionary.entries), dictionary.malformed, dictionary.lines) == (198, 2, 200)
    with pytest.raises(XltError, match=r"x\.txt:5: not two words, as in 3 of 200 lines"):
        load_dictionary(write(tmp_path / "x.txt", *good[:4], bad, *good[4:197], bad, bad), None)


def test_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(XltError, match=r"x\.txt is empty"):
        load_dictionary(write(tmp_path / "x.txt"), None)
    with pytest.raises(XltError, match="no entry"):
        load_dictionary(write(tmp_path / "x.txt", "", " "), None)


def test_invalid_utf8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"a b\ncaf\xe9 c\n")
    with pytest.raises(XltError, match=r"x\.txt:2: invalid UTF-8"):
        load_dictionary(tmp_path / "x.txt", None)


@pytest.fixture
def muse(tmp_path: Path) -> tuple[Path, Path]:
    # 6,600 source words of two translations each, the first of them identical to its translation.
    forward = ["w0 w0", "w0 t0"] + [f"w{i} {kind}{i}" for i in range(1, 6600) for kind in "tu"]
    backward = ["x4999 w4999", "x5000 w5000", "x6499 w6499", "x6500 w6500", "x unheard"]
    return write(tmp_path / "en-fr.txt", *forward), write(tmp_path / "fr-en.txt", *backward)


@pytest.mark.parametrize(("split", "start", "stop"), [("train", 0, 5000), ("test", 5000, 6500)])
def test_splits_count_source_words(muse: tuple[Path, Path], split: DictSplit, start: int, stop: int) -> None:
    dictionary = load_dictionary(*muse, split)
    expected = [(f"w{i}", f"{kind}{i}") for i in range(start, stop) for kind in "tu" if (i, kind) != (0, "u")]
    # Reversed entries go with their source word.
    reversed_ = [(f"w{i}", f"x{i}") for i in (4999, 5000, 6499, 6500) if start <= i < stop]
    assert dictionary.entries == expected + reversed_
    assert dictionary.identical == (start == 0)


def test_the_published_splits(test_data: Path) -> None:
    # These files were made from the whole one by the rule as MUSE describes it.
    folder = test_data / "dictionaries" / "muse"
    files: dict[DictSplit, str] = {"train": "en-ru.0-5000.txt", "test": "en-ru.5000-6500.txt"}
    for split, name in files.items():
        published = [tuple(line.split("\t")) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
        dictionary = load_dictionary(folder / "en-ru.txt.gz", None, split)
        assert dictionary.entries == [e for e in published if e[0] != e[1]]


def test_splits_that_cannot_be_made(tmp_path: Path) -> None:
    path = write(tmp_path / "en-fr.txt", *[f"s{i} t{i}" for i in range(5000)])
    assert len(load_dictionary(path, None, "train").entries) == 5000
    with pytest.raises(XltError, match=r"no more than 5,000 source words"):
        load_dictionary(path, None, "test")
    with pytest.raises(XltError, match="only TGT-SRC was found"):
        load_dictionary(None, path, "train")


def test_distinct_entries_keep_their_order() -> None:
    assert distinct_entries([("b", "x"), ("a", "a"), ("a", "y"), ("b", "x")]) == [("b", "x"), ("a", "y")]


def test_files_out_of_a_path(tmp_path: Path) -> None:
    forward, backward = write(tmp_path / "en-fr.txt.gz", "a b"), write(tmp_path / "fr-en.txt", "b a")
    write(tmp_path / "my.txt", "a b")
    folder = str(tmp_path)
    assert dictionary_files(folder, "en", "fr") == (forward, backward)
    assert dictionary_files(folder, "fr", "en") == (backward, forward)
    assert dictionary_files(f"{folder}/{{src}}-{{tgt}}.txt", "en", "fr") == (forward, backward)
    assert dictionary_files(f"{folder}/en-fr.txt", "en", "fr") == (forward, None)
    assert dictionary_files(f"{folder}/en-fr.txt.gz", "en", "fr") == (forward, None)
    # The name says that the file is the other direction.
    assert dictionary_files(f"{folder}/en-fr.txt", "fr", "en") == (None, forward)
    assert dictionary_files(f"{folder}/my.txt", "fr", "en") == (tmp_path / "my.txt", None)


def test_paths_without_a_dictionary(tmp_path: Path) -> None:
    write(tmp_path / "en-fr.txt", "a b")
    with pytest.raises(XltError, match=r"no en-ru\.txt nor ru-en\.txt.*it has en-fr"):
        dictionary_files(str(tmp_path), "en", "ru")
    (tmp_path / "empty").mkdir()
    with pytest.raises(XltError, match="it has no dictionary"):
        dictionary_files(str(tmp_path / "empty"), "en", "ru")
    with pytest.raises(XltError, match=r"neither .*en-ru.* nor .*ru-en"):
        dictionary_files(str(tmp_path / "{src}-{tgt}.txt"), "en", "ru")
    with pytest.raises(XltError, match="xlt data list"):
        dictionary_files(str(tmp_path / "nothing"), "en", "ru")


def test_a_tab_separates_where_there_is_one(tmp_path: Path) -> None:
    lines = ["carry on\t", "\ton y va", "carry on\tcontinuer", "a b\tc d", *(f"w{i}\tv{i}" for i in range(300))]
    (tmp_path / "d.txt").write_text("\n".join(lines), encoding="utf-8")
    dictionary = load_dictionary(tmp_path / "d.txt", None)
    assert (len(dictionary.entries), dictionary.malformed, dictionary.phrases) == (300, 2, 2)
    whole = load_dictionary(tmp_path / "d.txt", None, phrases=True)
    assert (whole.entries[:2], len(whole.entries)) == ([("carry on", "continuer"), ("a b", "c d")], 302)
    assert (whole.malformed, whole.phrases) == (2, 0)
