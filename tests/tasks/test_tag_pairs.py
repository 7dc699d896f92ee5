"""The words of a pairs table, tagged."""

import logging
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.checkpoints import TEXT
from tests.pair_files import pairs_record, row, write_pairs
from tests.tasks.classifiers import Make, content, predictions, run, write_tags
from xlt.errors import OutputExistsError, XltError
from xlt.files.provenance import Record
from xlt.files.tables import open_table
from xlt.tasks.options import TagOptions
from xlt.tasks.tag_pairs import tag_pairs

SENTENCES = [line.split() for line in TEXT[:5]]
CPU = TagOptions(device="cpu")


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    rows = [row(n, " ".join(src), " ".join(SENTENCES[-n]), "0-0") for n, src in enumerate(SENTENCES)]
    rows.insert(2, row(9, "", "the cat", ""))
    return write_pairs(tmp_path / "pairs.parquet", rows, pairs_record(aligner="fastalign"), batch=2)


def record_of(path: Path) -> Record:
    record = open_table(str(path)).record
    assert record is not None
    return record


def test_tags_are_what_the_model_answers_in_an_evaluation(classifier: Make, pairs: str, tmp_path: Path) -> None:
    done = tag_pairs(classifier(), pairs, CPU, output=str(tmp_path / "tagged.parquet"))
    write_tags(tmp_path / "en" / "test.tsv", SENTENCES)
    run(classifier(), ["en"], f"{tmp_path}/{{lang}}/{{split}}.tsv", predictions=str(tmp_path / "p.parquet"))
    answers = {" ".join(r["words"]): r["predicted"] for r in predictions(tmp_path / "p.parquet")}
    tagged = pq.read_table(tmp_path / "tagged.parquet").to_pylist()
    assert len({tag for tags in answers.values() for tag in tags}) > 1
    for n, at in ((0, 0), (1, 1), (2, 3)):
        assert tagged[at]["src_tags"] == answers[" ".join(SENTENCES[n])]
        assert tagged[at]["tgt_tags"] == answers[" ".join(SENTENCES[-n])]
    assert (tagged[2]["src_tags"], len(tagged[2]["tgt_tags"])) == ([], 2)
    n_words = 2 * sum(map(len, SENTENCES)) + 2
    assert done.summary == {"sentence pairs": 6, "words": n_words, "words that no window held": 0}


def test_all_else_stays_and_the_record_tells_how_the_pairs_came_about(
    classifier: Make, pairs: str, tmp_path: Path
) -> None:
    output = tmp_path / "tagged.parquet"
    tag_pairs(classifier(), pairs, CPU, output=str(output), tags={"k": "v"})
    assert content(output).drop_columns(["src_tags", "tgt_tags"]).equals(content(Path(pairs)))
    written = record_of(output)
    assert (written["step"], written["tags"], written["params"]["aligner"]) == ("tag", {"k": "v"}, "fastalign")
    assert [(i["role"], i["name"]) for i in written["inputs"]] == [("model", classifier()), ("pairs", pairs)]
    of_pairs = written["inputs"][1]["record"]
    assert of_pairs is not None
    assert of_pairs["step"] == "extract-pairs"


def test_words_that_no_window_held_have_no_tag(classifier: Make, pairs: str, tmp_path: Path) -> None:
    options = TagOptions(device="cpu", overlong="skip", max_length=6)
    done = tag_pairs(classifier(), pairs, options, output=str(tmp_path / "x.jsonl"))
    assert 0 < done.summary["words that no window held"] < done.summary["words"]


def test_tags_that_were_there_are_replaced(
    classifier: Make, pairs: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tag_pairs(classifier(), pairs, CPU, output=str(tmp_path / "a.parquet"))
    with caplog.at_level(logging.WARNING):
        tag_pairs(classifier(), str(tmp_path / "a.parquet"), CPU, output=str(tmp_path / "b.parquet"))
    assert "its words are tagged already; these tags are replaced" in caplog.text
    assert content(tmp_path / "a.parquet").equals(content(tmp_path / "b.parquet"))


def test_what_cannot_be_tagged(classifier: Make, pairs: str, tmp_path: Path) -> None:
    output = str(tmp_path / "x.parquet")
    with pytest.raises(XltError, match="was trained for the task nli, which has no labels of words"):
        tag_pairs(classifier("nli", ("a", "b", "c")), pairs, CPU, output=output)
    pq.write_table(pa.table({"x": [1]}), tmp_path / "other.parquet")
    with pytest.raises(XltError, match="column 'sent_id' is missing"):
        tag_pairs(classifier(), str(tmp_path / "other.parquet"), CPU, output=output)
    with pytest.raises(OutputExistsError):
        tag_pairs(classifier(), pairs, CPU, output=str(tmp_path / "other.parquet"))
    assert not Path(output).exists()
