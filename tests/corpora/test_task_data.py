"""Which file serves which language and split, and what is in it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xlt.corpora.labelled import Labelled
from xlt.corpora.tagged import Tagged
from xlt.corpora.task_data import Shape, find_task_data, read_task_data
from xlt.errors import XltError

MANIFEST = """
title = "A resource"
kind = "{kind}"
description = "Labels."
homepage = "https://example.org/"
licence = "CC0"
citation = "none"
format = "parquet"
languages = ["en", "zh"]
labels = ["O", "B-X"]
[source]
manual = "ask"
files = "{{lang}}/{{split}}-*.parquet"
[splits]
train = "train"
test = "held-out"
[columns]
token = "w"
label = "t"
"""


def tsv(folder: Path, name: str, *sentences: str) -> Path:
    """Sentences of words, each word with its place as the label."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [[f"{word}\tL{i}\n" for i, word in enumerate(s.split())] for s in sentences]
    path.write_text("\n".join("".join(row) for row in rows), encoding="utf-8")
    return path


def test_a_path_with_language_and_split(tmp_path: Path) -> None:
    tsv(tmp_path, "en/dev.tsv", "a b", "c")
    tsv(tmp_path, "zh/dev.tsv", "d")
    tsv(tmp_path, "en/test.tsv", "e")
    spec = f"{tmp_path}/{{lang}}/{{split}}.tsv"
    data = find_task_data([spec], [("zh", "dev"), ("en", "dev"), ("en", "test"), ("zh", "dev")], "words")
    assert [(f.lang, f.split, f.name) for f in data] == [
        ("zh", "dev", spec),
        ("en", "dev", spec),
        ("en", "test", spec),
    ]
    assert data[1].files == (tmp_path / "en/dev.tsv",)
    assert read_task_data(data[1]) == Tagged([["a", "b"], ["c"]], [["L0", "L1"], ["L0"]])
    assert read_task_data(data[1], limit=1) == Tagged([["a", "b"]], [["L0", "L1"]])
    assert read_task_data(data[1], limit=9) == read_task_data(data[1])


def test_a_missing_gz_is_found(tmp_path: Path) -> None:
    import gzip

    plain = tsv(tmp_path, "en.tsv", "a")
    (tmp_path / "zh.tsv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    data = find_task_data([f"{tmp_path}/{{lang}}.tsv"], [("en", "test"), ("zh", "test")], "words")
    assert [f.files for f in data] == [(plain,), (tmp_path / "zh.tsv.gz",)]
    assert read_task_data(data[0]) == read_task_data(data[1])


def test_paths_of_single_languages_go_first(tmp_path: Path) -> None:
    one, other = tsv(tmp_path, "A=1.tsv", "a"), tsv(tmp_path, "test/B", "b")
    specs = [f"{tmp_path}/{{lang}}.tsv", f"en={one}", f"zh-Hant={tmp_path}/{{split}}/B"]
    data = find_task_data(specs, [("en", "test"), ("zh-Hant", "test")], "words")
    assert [f.files for f in data] == [(one,), (other,)]
    # A file whose own name looks like that is a file.
    file = tsv(tmp_path, "xx=y.tsv", "a")
    assert find_task_data([str(file)], [("en", "test")], "words")[0].files == (file,)


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        ("{folder}/A.tsv", [("en", "test"), ("zh", "test")]),
        ("{folder}/A.tsv", [("en", "train"), ("en", "dev")]),
        ("{folder}/{{split}}.tsv", [("en", "A"), ("zh", "A")]),
    ],
)
def test_one_file_is_not_several_languages_or_splits(tmp_path: Path, spec: str, parts: list[tuple[str, str]]) -> None:
    tsv(tmp_path, "A.tsv", "a")
    message = rf"A\.tsv would serve as {' '.join(parts[0])} and as {' '.join(parts[1])}; write {{lang}} and {{split}}"
    with pytest.raises(XltError, match=message):
        find_task_data([spec.format(folder=tmp_path)], parts, "words")
    assert find_task_data([f"{tmp_path}/A.tsv"], parts[:1], "words")


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (
            ["{folder}/{{lang}}.tsv"],
            r"^no data for zh, split dev: --data .*\{lang\}\.tsv: .*zh\.tsv \(or the same with",
        ),
        (
            ["{folder}"],
            r"^no data for zh, split dev: .* is a folder; name the files in it, such as '.*/\{lang\}/\{split\}",
        ),
        (["no-such-name"], r"^no data for zh, split dev: --data no-such-name.*'xlt data list'"),
        (["en=a", "ar=b"], r"^no data for zh, split dev: --data gives en, ar only"),
        (["zh=a", "zh=b"], r"^data zh=b: zh is given twice"),
        (["a", "b"], r"^--data a and --data b both speak of every language; write --data LANG=b"),
        ([], r"^no data for zh, split dev: --data gives nothing only"),
        (["sib200"], r"^data sib200: it is a sentences resource; this task needs tagging data"),
        (["muse"], r"^data muse: it is a dictionary resource"),
    ],
)
def test_no_data(tmp_path: Path, specs: list[str], message: str) -> None:
    with pytest.raises(XltError, match=message):
        find_task_data([s.format(folder=tmp_path) for s in specs], [("zh", "dev")], "words")


def manifest(folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str = "tagging") -> Path:
    (folder / "mine.toml").write_text(MANIFEST.format(kind=kind), encoding="utf-8")
    monkeypatch.setenv("XLT_MANIFESTS", str(folder))
    monkeypatch.setenv("XLT_CACHE", str(folder / "cache"))
    return folder / "cache" / "mine"


def test_a_name_gives_columns_labels_and_upstream_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = manifest(tmp_path, monkeypatch)
    (cache / "zh").mkdir(parents=True)
    for i, (words, tags) in enumerate([([["a", "b"]], [[0, 1]]), ([["c"]], [[0]])]):
        pq.write_table(pa.table({"w": words, "t": tags}), cache / "zh" / f"held-out-{i}.parquet")
    (data,) = find_task_data(["mine"], [("zh", "test")], "words")
    assert data.files == (cache / "zh/held-out-0.parquet", cache / "zh/held-out-1.parquet")
    assert read_task_data(data) == Tagged([["a", "b"], ["c"]], [["O", "B-X"], ["O"]])
    assert read_task_data(data, limit=1) == Tagged([["a", "b"]], [["O", "B-X"]])
    assert find_task_data(["en=nothing", "zh=mine"], [("zh", "test")], "words")[0].files == data.files
    with pytest.raises(XltError, match=r"^no data for de, split test: mine has no language 'de'"):
        find_task_data(["mine"], [("de", "test")], "words")
    with pytest.raises(XltError, match=r"^no data for zh, split dev: mine has no split 'dev'"):
        find_task_data(["mine"], [("zh", "dev")], "words")
    with pytest.raises(XltError, match=r"^no data for en, split test: mine may not be downloaded"):
        find_task_data(["mine"], [("en", "test")], "words")


@pytest.mark.parametrize(("shape", "second"), [("text", None), ("pair", ["h"])])
def test_sentences(tmp_path: Path, shape: Shape, second: list[str] | None) -> None:
    (tmp_path / "en.tsv").write_text("premise\thypothesis\ttext\tlabel\np\th\tp\tyes\n", encoding="utf-8")
    (data,) = find_task_data([f"{tmp_path}/{{lang}}.tsv"], [("en", "test")], shape)
    assert read_task_data(data) == Labelled(["p"], second, ["yes"])
    assert read_task_data(data, limit=0) == Labelled([], None if second is None else [], [])


def test_what_was_left_out_is_summed(tmp_path: Path) -> None:
    from xlt.corpora.task_data import TaskFiles

    row = "\t".join([*"1a_X", *"______"])
    range_ = "\t".join(["1-2", *"b__", *"______"])
    paths = []
    for i in range(2):
        paths.append(tmp_path / str(i))
        paths[i].write_text(f"{range_}\n{row}\n{row.replace('1', '2')}\n", encoding="utf-8")
    data = read_task_data(TaskFiles("words", "en", "test", "x", tuple(paths), {}))
    assert data == Tagged([["a", "a"]] * 2, [["X", "X"]] * 2, {"multiword-token ranges": 2})


def test_real_data(test_data: Path) -> None:
    # Some of these files are compressed, some are not.
    parts = [(lang, "test") for lang in ("en", "ar", "es", "fr", "ru", "zh")]
    sizes = {}
    for shape, spec in (("words", "udpos_xtreme"), ("pair", "xnli"), ("text", "sib200")):
        data = find_task_data([f"{test_data}/{spec}/{{lang}}/{{split}}.tsv"], parts, shape)  # type: ignore[arg-type]
        sizes[spec] = [len(read_task_data(f)) for f in data]
    assert sizes == {"udpos_xtreme": [5440, 1680, 3147, 5013, 8973, 3455], "xnli": [5010] * 6, "sib200": [204] * 6}
