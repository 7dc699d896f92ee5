"""What a newcomer mistypes: other spellings are taken, the rest is answered with the way on, all of it at once."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.cli.named import put_named


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own, with the network forbidden."""
    monkeypatch.setenv("XLT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XLT_OFFLINE", "1")
    return tmp_path / "cache"


def record(call: Call, file: str) -> dict[str, object]:
    shown: dict[str, object] = json.loads(call("show", "--json", file).out)
    return shown


# Names


def test_a_record_does_not_tell_by_which_spelling_something_was_asked_for(call: Call, cache: Path) -> None:
    put_named()
    call("extract-pairs", "-o", "a.parquet", "--corpus", "opus100", "--dict", "muse", "en", "ar")
    call("extract-pairs", "-o", "b.parquet", "--corpus", "OPUS-100", "--dict", "Muse", "EN", "ara")
    a, b = (record(call, f"{name}.parquet") for name in "ab")
    assert a["params"] == b["params"]
    assert isinstance(a["params"], dict)
    assert [a["params"][key] for key in ("corpus", "src_lang", "tgt_lang", "split")] == ["opus100", "en", "ar", "train"]
    assert a["inputs"] == b["inputs"]
    assert (Path.cwd() / "a.parquet").stat().st_size > 0
    # Unless told, the file is called by the true names.
    assert call("extract-pairs", "-q", "--corpus", "opus-100", "EN", "ar_SA").out == "en-ar.parquet\n"


def test_task_data_and_languages_in_other_spellings(call: Call, cache: Path, lively: str, one_thread: None) -> None:
    put_named()
    for output, words in (("a", ["--task", "ner", "en"]), ("b", ["--task", "NER", "--data", "WikiANN", "eng_Latn"])):
        task, name, *rest = words
        call("finetune", "-q", "-o", output, "--epochs", "1", task, name, *rest[:-1], lively, rest[-1])
    a, b = (record(call, name) for name in "ab")
    assert isinstance(a["params"], dict)
    assert isinstance(b["params"], dict)
    # Data that are named are recorded as such; all else is the same.
    assert (a["params"].pop("data"), b["params"].pop("data")) == ([], ["wikiann"])
    assert a["params"] == b["params"]
    assert a["params"]["train_langs"] == ["en"]
    call("eval", "-q", "-o", "r.csv", "a", "EN", "arb")
    rows = (Path.cwd() / "r.csv").read_text(encoding="utf-8")
    assert ",ar," in rows
    assert "EN" not in rows


def test_the_users_own_files_keep_the_users_names(call: Call, cache: Path, tmp_path: Path) -> None:
    put_named()
    for lang, text in (("EN", "the cat\n"), ("ar", "le chat\n")):
        (tmp_path / f"own.{lang}").write_text(text, encoding="utf-8")
    assert call("extract-pairs", "-q", "--corpus", "own", "EN", "ar").out == "en-ar.parquet\n"
    (tmp_path / "own.EN").rename(tmp_path / "own.en")
    assert call("extract-pairs", "-q", "--force", "--corpus", "own", "EN", "ara").out == "en-ar.parquet\n"
    # Where nothing is named, nobody knows better.
    (tmp_path / "d.txt").write_text("the le\n", encoding="utf-8")
    call("extract-pairs", "-q", "--corpus", "own", "--dict", "d.txt", "--format", "pharaoh", "en", "ar")
    assert (tmp_path / "en-ar.pharaoh").read_text(encoding="utf-8") == "0-0\n"


def test_a_corpus_without_training_data_is_read_from_its_first_split(call: Call, cache: Path) -> None:
    done = call("extract-pairs", "--corpus", "flores200", "en", "ar", status=2)
    assert "xlt: warning: flores200 has no split train: dev is read (--split says which)\n" in done.err
    asked = call("extract-pairs", "--corpus", "flores200", "--split", "train", "en", "ar", status=2)
    assert "flores200 has no split 'train' here; it has dev, test" in asked.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["extract-pairs", "--corpus", "opus10", "en", "ar"], "--corpus opus10: no such file, "),
        (["extract-pairs", "--corpus", "opus10", "en", "ar"], "; did you mean opus100?"),
        (["extract-pairs", "--dict", "musee", "en", "ar"], "--dict musee: no such file or folder; did you mean muse?"),
        (["extract-pairs", "--corpus", "muse", "en", "ar"], "--corpus muse: it is no corpus but dictionary data; "),
        (["extract-pairs", "--dict", "xnli", "en", "ar"], "--dict xnli: it is no dictionary but sentences data; "),
        (["extract-pairs", "en", "arabic"], "opus100 has no language 'arabic'; did you mean ar?"),
        (["extract-pairs", "en", "zh-TW"], "opus100 has no language 'zh-TW'; did you mean zh?"),
        (["extract-pairs", "EN", "eng"], "source and target language are both 'en'"),
        (["data", "fetch", "wikian", "en"], "no data set is called 'wikian'; did you mean wikiann"),
        (["finetune", "--task", "ner", "--data", "wikian", "-o", "x", "m", "en"], "did you mean wikiann"),
        (["align-score", "--layer", "3", "m", "a"], "No such option: --layer (Possible options: --layers)"),
        (["align-score", "--similarity", "CLS", "m", "a"], "'CLS' is not one of 'cosine', 'csls'"),
        (["finetune", "-o", "x", "m", "en"], "Missing option '--task'. Choose from: pos, ner, slots, nli, topic"),
        (["extract_pairs", "en", "ar"], "No such command 'extract_pairs'. Did you mean 'extract-pairs'?"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(call: Call, cache: Path, words: list[str], said: str) -> None:
    done = call(*words, status=2)
    assert said in done.err
    assert done.err.count("\n") == 1


# Order and completeness


def test_everything_that_is_missing_is_told_at_once(call: Call, cache: Path) -> None:
    err = call("extract-pairs", "--corpus", "none.tsv", "--dict", "none.txt", "en", "fr", status=2).err
    assert "--corpus none.tsv: no such file" in err
    assert "--dict none.txt: no such file" in err
    err = call("extract-pairs", "--corpus", "opus100", "--dict", "muse", "en", "fr", status=2).err
    assert "Helsinki-NLP/opus-100 (en-fr/train-*.parquet), en-fr.txt, fr-en.txt are not in the cache" in err
    assert err.count("\n") == 1
    err = call("embed", "--device", "cuda:77", "./none", "a.parquet", "b.parquet", status=2).err
    assert "a.parquet, b.parquet: no such files; and ./none: no such checkpoint folder" in err
    assert "; and --device cuda:77: " in err
    err = call("finetune", "--task", "ner", "-o", "x", "--joint", "none.parquet", "./none", "en", "xx", status=2).err
    for said in ("wikiann has no language 'xx'", "none.parquet: no such file", "./none: no such checkpoint folder",
                 "unimelb-nlp/wikiann (en/train-*.parquet) is not in the cache"):  # fmt: skip
        assert said in err
    assert "a, b, c: no such files" in call("correlate", "a", "b", "c", status=2).err
    assert "a, b: no such files" in call("eval", "--from", "a", "b", status=2).err


def test_an_output_that_is_there_is_told_before_data_are_asked_for(call: Call, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "en-fr.parquet").touch()
    err = call("extract-pairs", "--dict", "musee", "en", "fr", status=2).err
    assert "en-fr.parquet exists already" in err
    assert "did you mean muse?" in err


def test_the_model_stands_first(call: Call, model: str, tmp_path: Path) -> None:
    (tmp_path / "en-fr.parquet").touch()
    err = call("align-score", "en-fr.parquet", model, status=2).err
    assert "en-fr.parquet is a file, and no checkpoint folder; the model comes before all other arguments" in err


def test_a_hub_that_cannot_be_reached_is_one_line_with_a_way_out(
    call: Call, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XLT_OFFLINE", "HF_HUB_OFFLINE", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    (tmp_path / "d.txt").write_text("the le\n", encoding="utf-8")
    err = call("extract-pairs", "--dict", "d.txt", "en", "fr", status=2).err
    assert err == (
        "xlt: error: the data set Helsinki-NLP/opus-100 cannot be reached (http://127.0.0.1:9: Connection refused); "
        f"try again later, or put the files train-*.parquet into {cache}/opus100/en-fr under the names they have at "
        "the hub\n"
    )
    put_named()
    call("extract-pairs", "-q", "en", "ar")
    err = call("align-score", "no/model", "en-ar.parquet", status=2).err
    assert err.count("\n") == 1
    assert "no/model: neither a folder here nor a model in the hub's cache, and the hub cannot be reached" in err
    assert "'hf download no/model --local-dir model' makes a folder" in err
