"""Errors that speak of options by whatever names these have."""

from functools import partial

import pytest

from xlt.errors import NotFetchedError, OptionError, SeveralFaultsError, XltError, check_all


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


def failing(error: XltError) -> None:
    raise error


def test_all_checks_are_made() -> None:
    made: list[int] = []
    check_all(lambda: made.append(1), lambda: made.append(2))
    assert made == [1, 2]
    with pytest.raises(OptionError, match=r"^dict x: no such file$"):
        check_all(lambda: failing(OptionError("dict", "x: no such file")), lambda: made.append(3))
    assert made == [1, 2, 3]


def test_faults_are_told_together_each_once_and_by_their_flags() -> None:
    first, second = OptionError("dictionary", "x: no such file"), XltError("y: no such file")
    with pytest.raises(SeveralFaultsError) as raised:
        check_all(*(partial(failing, error) for error in (first, second, first)))
    assert str(raised.value) == "dictionary x: no such file; and y: no such file"
    assert raised.value.named({"dictionary": "--dict"}) == "--dict x: no such file; and y: no such file"
    # Checks that are made of checks.
    with pytest.raises(SeveralFaultsError) as nested:
        check_all(partial(failing, raised.value), partial(failing, XltError("z")))
    assert str(nested.value) == "dictionary x: no such file; and y: no such file; and z"


def test_files_to_be_put_by_hand_are_one_sentence() -> None:
    a, b = (NotFetchedError(name, "OFF=1", f"put {name} at /c/{name}", "copy all") for name in "ab")
    assert str(a) == "a is not in the cache, and OFF=1 forbids the network; put a at /c/a, or copy all"
    with pytest.raises(SeveralFaultsError) as raised:
        check_all(*(partial(failing, error) for error in (a, XltError("x: no such file"), b)))
    assert str(raised.value) == (
        "x: no such file; and a, b are not in the cache, and OFF=1 forbids the network; put a at /c/a; put b at /c/b, "
        "or copy all"
    )
