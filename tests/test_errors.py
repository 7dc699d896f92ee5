"""Errors that speak of options by whatever names these have."""

from xlt.errors import OptionError


def test_an_option_goes_by_the_name_it_has_elsewhere() -> None:
    error = OptionError("csls_k", "0: give at least 1")
    assert str(error) == "csls_k 0: give at least 1"
    assert error.named({"csls_k": "--csls-k"}) == "--csls-k 0: give at least 1"


def test_a_text_speaks_of_other_options_and_of_a_value() -> None:
    error = OptionError("shard", "{value}: give {option}, then {load}", "save", "1/2")
    assert str(error) == "shard 1/2: give save, then load"
    flags = {"shard": "--shard", "save": "--save-it", "load": "--load-it"}
    assert error.named(flags) == "--shard 1/2: give --save-it, then --load-it"


def test_braces_of_a_user_stay_as_they_are() -> None:
    assert str(OptionError("corpus", "{lang}.txt: no such file")) == "corpus {lang}.txt: no such file"
    assert str(OptionError("corpus", "{value}: or give {option}", "split", "{lang}")) == "corpus {lang}: or give split"
