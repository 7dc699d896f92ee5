"""Which codes mean the same language."""

import pytest

from xlt.corpora.language_codes import english_names, related, same_language, same_language_codes


def test_all_codes_of_a_language() -> None:
    assert same_language_codes("de") == same_language_codes("GER") == same_language_codes("deu_Latn") == (
        "de", "deu", "ger"
    )  # fmt: skip
    assert same_language_codes("qaa") == ("qaa",)
    assert english_names("per") == ("persian", "farsi")
    assert english_names("qaa") == ()


@pytest.mark.parametrize(
    ("code", "names", "meant"),
    [
        ("en", ["en", "EN"], "en"),
        ("EN", ["en", "fr"], "en"),
        ("zh-tw", ["zh", "zh_tw"], "zh_tw"),
        ("eng", ["en"], "en"),
        ("en", ["eng_Latn"], "eng_Latn"),
        ("iw", ["he"], "he"),
        ("en_US", ["en"], "en"),
        ("en-GB", ["en_US"], None),
        ("pt", ["pt_br"], None),
        ("pt-BR", ["pt", "pt_br"], "pt_br"),
        ("zh-CN", ["zh"], "zh"),
        ("zh-Hant", ["zh", "zh_tw"], "zh_tw"),
        ("zh-TW", ["zh"], None),
        ("zh", ["zh_tw"], None),
        ("rus_Cyrl", ["ru"], "ru"),
        ("ru-Latn", ["ru"], None),
        ("sr-Latn", ["sr"], None),
        ("ace", ["ace_Arab", "ace_Latn"], None),
        ("ars", ["ars_Arab"], "ars_Arab"),
        ("de", ["de-ba", "de-muc"], None),
        ("be-tarask", ["be"], None),
        ("no", ["nb", "nn"], None),
        ("xx", ["en"], None),
        ("", ["en"], None),
    ],
)
def test_the_name_that_is_meant(code: str, names: list[str], meant: str | None) -> None:
    assert same_language(code, names) == meant


def test_names_that_may_have_been_meant() -> None:
    assert related("zh-TW", ["en", "zh", "zh_cn"]) == ["zh", "zh_cn"]
    assert related("German", ["en", "de", "de-ba"]) == ["de", "de-ba"]
    assert related("qaa", ["en"]) == []
