"""The resources known by name: manifests found, languages and splits resolved to files."""

from pathlib import Path

import pytest

from tests.corpora.test_manifest_parser import GOOD
from xlt.corpora.manifest_parser import parse_manifest
from xlt.corpora.manifests import (
    is_known,
    known_name,
    list_manifests,
    load_manifest,
    manifest_of_kind,
    manifest_paths,
    resolve,
    splits_of,
    true_language,
)
from xlt.errors import OptionError, XltError


def test_all_manifests_of_xlt_are_sound() -> None:
    names = [manifest.name for manifest in list_manifests()]
    assert names == sorted(names)
    needed = "opus100 multiun un_pc europarl muse ud wikiann xnli sib200 flores200 conll2002 conll2003 xsid tatoeba"
    assert {*needed.split(), "ntrex128", "tanzil", "tatoeba_test", "flores_plus"} <= set(names)


def test_every_language_pair_and_split_resolves() -> None:
    for manifest in list_manifests():
        if manifest.paired:
            pairs = manifest.pairs or [tuple(manifest.languages)[:2]]
            requests = [{"src": a, "tgt": b} for a, b in pairs] + [{"src": b, "tgt": a} for a, b in pairs]
        else:
            requests = [{"lang": code} for code in manifest.languages]
        for request in requests:
            splits: list[str | None] = [*splits_of(manifest, **request)]
            pieces = [p for split in splits or [None] for p in resolve(manifest, **request, split=split).pieces]
            assert pieces
            assert not any("{" in piece.location + (piece.member or "") for piece in pieces)


def test_either_order_is_the_same_file_with_sides_swapped() -> None:
    opus = load_manifest("opus100")
    one, other = resolve(opus, src="en", tgt="ar"), resolve(opus, src="ar", tgt="en")
    assert one.pieces == other.pieces
    assert one.pieces[0].location == "ar-en/train-*.parquet"
    assert (one.columns["src"], one.columns["tgt"]) == ("en", "ar")
    assert (other.columns["src"], other.columns["tgt"]) == ("ar", "en")


def test_upstream_names_are_sorted_as_upstream_sorts_them() -> None:
    pieces = resolve(load_manifest("tatoeba"), src="en", tgt="zh").pieces
    assert [piece.role for piece in pieces] == ["src", "tgt"]
    assert pieces[0].location.endswith("/cmn-en.txt.zip")
    assert [piece.member for piece in pieces] == ["*Tatoeba.cmn-en.en", "*Tatoeba.cmn-en.cmn"]


def test_the_english_of_ntrex_is_the_source_and_all_others_are_references() -> None:
    pieces = resolve(load_manifest("ntrex128"), src="zh", tgt="en").pieces
    assert [(piece.role, piece.location.rpartition("/")[2]) for piece in pieces] == [
        ("src", "newstest2019-ref.zho-CN.txt"),
        ("tgt", "newstest2019-src.eng.txt"),
    ]


def test_the_test_sets_of_tatoeba_are_named_for_the_other_language() -> None:
    for pair in (("en", "zh"), ("zh", "en")):
        pieces = resolve(load_manifest("tatoeba_test"), src=pair[0], tgt=pair[1]).pieces
        names = {"en": "tatoeba.cmn-eng.eng", "zh": "tatoeba.cmn-eng.cmn"}
        assert [piece.location.rpartition("/")[2] for piece in pieces] == [names[lang] for lang in pair]


def test_the_czech_training_data_lie_in_four_files() -> None:
    czech = [p.location.rpartition("/")[2] for p in resolve(load_manifest("ud"), lang="cs", split="train").pieces]
    assert czech == [f"cs_pdt-ud-train-{part}.conllu" for part in "clmv"]
    assert [p.location.rpartition("-")[2] for p in resolve(load_manifest("ud"), lang="cs", split="dev").pieces] == [
        "dev.conllu"
    ]


def test_a_dictionary_has_both_directions() -> None:
    pieces = resolve(load_manifest("muse"), src="ar", tgt="en").pieces
    assert [(p.role, p.location.rpartition("/")[2]) for p in pieces] == [
        ("forward", "ar-en.txt"),
        ("backward", "en-ar.txt"),
    ]


def test_splits_by_our_name_and_by_theirs() -> None:
    xnli = load_manifest("xnli")
    assert resolve(xnli, lang="ar", split="dev") == resolve(xnli, lang="ar", split="validation")
    assert resolve(xnli, lang="ar").split == "train"


def test_unknown_names_say_what_there_is() -> None:
    with pytest.raises(XltError, match="did you mean opus100"):
        load_manifest("opus10")
    with pytest.raises(XltError, match="'xlt data list' shows the names that are known"):
        load_manifest("qqqqqq")
    with pytest.raises(OptionError, match="corpus muse: it is no corpus but dictionary data; there are europarl, "):
        manifest_of_kind("muse", "corpus", "corpus")
    with pytest.raises(XltError, match=r"no language 'xx'.*it has ar, de, en"):
        resolve(load_manifest("multiun"), src="en", tgt="xx")
    with pytest.raises(XltError, match="no pair ar-es; with these languages it has ar-en, en-es"):
        resolve(load_manifest("opus100"), src="ar", tgt="es")
    with pytest.raises(XltError, match="no split 'dev' here; it has test"):
        resolve(load_manifest("ud_pud"), lang="ar", split="dev")
    with pytest.raises(XltError, match="no splits"):
        resolve(load_manifest("muse"), src="en", tgt="ar", split="train")


def test_the_wrong_number_of_languages() -> None:
    with pytest.raises(XltError, match="it needs two languages"):
        resolve(load_manifest("opus100"), lang="en")
    with pytest.raises(XltError, match="it needs one language"):
        resolve(load_manifest("xnli"), src="en", tgt="ar")
    with pytest.raises(XltError, match="not en twice"):
        resolve(load_manifest("opus100"), src="en", tgt="en")


def test_codes_with_a_hyphen_and_splits_of_a_pair(tmp_path: Path) -> None:
    (tmp_path / "some.toml").write_text(GOOD, encoding="utf-8")
    manifest = parse_manifest(tmp_path / "some.toml")
    assert manifest.pairs == (("ar", "en"), ("en", "zh-yue"))
    assert splits_of(manifest, src="en", tgt="ar") == ["dev"]
    assert resolve(manifest, src="zh-yue", tgt="en").pieces[0].location == "en-zh-yue/train-*.parquet"


def test_a_folder_of_ones_own_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "opus100.toml").write_text(GOOD, encoding="utf-8")
    monkeypatch.setenv("XLT_MANIFESTS", str(tmp_path))
    assert load_manifest("opus100").title == "A title"
    assert "xnli" in manifest_paths()
    monkeypatch.setenv("XLT_MANIFESTS", str(tmp_path / "nowhere"))
    with pytest.raises(XltError, match="no folder of data manifests"):
        manifest_paths()


def test_a_path_that_is_there_is_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_known("muse")
    assert [known_name(spec) for spec in ("muse", "./muse", "muse.txt", "no-such", "")] == ["muse"] + [None] * 4
    (tmp_path / "muse").mkdir()
    assert known_name("muse") is None


def test_names_in_other_spellings() -> None:
    assert {known_name(spec) for spec in ("opus100", "opus-100", "OPUS100", "Opus_100")} == {"opus100"}
    assert load_manifest("OPUS-100").name == "opus100"
    assert known_name("opus 100") is None


def test_languages_in_other_spellings() -> None:
    opus, flores = load_manifest("opus100"), load_manifest("flores200")
    codes = ("EN", "eng", "en_US", "eng_Latn", "cmn", "zh-CN", "zho_Hans", "ger")
    assert [true_language(opus, code) for code in codes] == ["en", "en", "en", "en", "zh", "zh", "zh", "de"]
    # Those that the publisher has.
    assert [true_language(flores, values["lang"]) for values in flores.languages.values()] == list(flores.languages)
    assert resolve(opus, src="EN", tgt="ara") == resolve(opus, src="en", tgt="ar")
    assert splits_of(load_manifest("xnli"), lang="GER") == ["train", "dev", "test"]
    for code, hint in (("zh-TW", "did you mean zh"), ("english", "did you mean en"), ("xx", "it has af, am, ")):
        with pytest.raises(XltError, match=f"opus100 has no language '{code}'; {hint}"):
            true_language(opus, code)
    with pytest.raises(XltError, match="did you mean ace_Arab or ace_Latn"):
        true_language(flores, "ace")
