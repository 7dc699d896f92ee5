"""What extract-pairs is asked for: each aligner's own options, and what of them a record holds."""

import inspect
from importlib import import_module
from typing import Any

import pytest

from xlt.errors import OptionError
from xlt.flat import from_flat
from xlt.options import params
from xlt.pairs.options import (
    ALIGNERS,
    ArgmaxOptions,
    AwesomeOptions,
    DictOptions,
    ExtractOptions,
    FastAlignOptions,
    ItermaxOptions,
    LinksOptions,
    VectorOptions,
)
from xlt.work import by_name

OF_EVERY_SOURCE = {
    "split": None, "lowercase": False, "strip_diacritics": False, "keep_empty": False, "limit": None,
    "sample": None, "hold_out": None, "shard": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("flat", "aligner"),
    [
        ({}, DictOptions()),
        ({"dictionary": "d.txt", "dict_split": "test"}, DictOptions(dictionary="d.txt", dict_split="test")),
        ({"aligner": "fastalign", "chunk": 7}, FastAlignOptions(chunk=7)),
        ({"aligner": "awesome", "model": "m", "threshold": 0.1}, AwesomeOptions(model="m", threshold=0.1)),
        ({"aligner": "itermax", "model": "m", "keep_many": True}, ItermaxOptions(model="m", keep_many=True)),
        ({"links": "x", "one_based": True}, LinksOptions(links="x", one_based=True)),
    ],
)
def test_an_aligner_by_name_or_by_its_file_of_links(flat: dict[str, Any], aligner: object) -> None:
    assert from_flat(ExtractOptions, flat).aligner == aligner


@pytest.mark.parametrize(
    ("flat", "message"),
    [
        ({"threshold": 0.1}, "threshold has no effect with aligner dict, only with awesome;"),
        (
            {"keep_many": True},
            "keep_many has no effect with aligner dict, only with fastalign, awesome, argmax, itermax or links;",
        ),
        ({"links": "x", "dictionary": "d"}, "dictionary has no effect with links, only with aligner dict;"),
        ({"one_based": True}, "one_based has no effect with aligner dict, only with links;"),
        ({"links": "x", "aligner": "dict"}, "links and aligner exclude each other: give one"),
        ({"aligner": "argmax"}, "aligner argmax needs model"),
        ({"aligner": "eflomal"}, "aligner 'eflomal': choose from dict, fastalign, awesome, argmax, itermax, none"),
        (
            {"aligner": "none", "dictionary": "d"},
            "dictionary has no effect with aligner none, only with dict; leave it out",
        ),
        ({"entries": True, "corpus": "x"}, "corpus has no effect with entries: words of a dictionary, no text"),
        ({"entries": True, "whole_entries": True}, "whole_entries has no effect with entries; leave it out"),
        ({"aligner": "fastalign", "entries": True}, "entries has no effect with aligner fastalign, only with dict;"),
        ({"aligner": "none", "lowercase": True}, "lowercase has no effect with aligner none, which compares no words"),
        ({"aligner": "none", "format": "pharaoh"}, "format pharaoh has lines of links, and aligner none finds none"),
        ({"max_words": 3, "format": "pharaoh"}, "max_words leaves sentence pairs out, which format pharaoh would lack"),
        (
            {"aligner": "fastalign", "save_priors": "a", "load_priors": "b"},
            "load_priors aligns with a model that is there already, save_priors keeps one: give one",
        ),
        ({"aligner": "fastalign", "save_priors": "-"}, "save_priors -: standard output is the pairs' own"),
        ({"aligner": "fastalign", "shard": "1/2"}, "shard 1/2: FastAlign learns from the whole text, so shards would"),
        ({"corpus": "-", "sample": 3}, "sample reads the corpus twice, which a pipe cannot: give a file as corpus"),
        ({"corpus": "-", "hold_out": 3}, "hold_out reads the corpus twice, which a pipe cannot: give a file as corpus"),
        ({"aligner": "awesome", "model": "m", "threshold": 1.5}, "threshold 1.5: give at most 1.0"),
    ],
)
def test_what_does_not_fit(flat: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as error:
        from_flat(ExtractOptions, flat)
    assert str(error.value).startswith(message)


def test_shards_share_a_model_that_is_there() -> None:
    assert ExtractOptions(shard="1/2", aligner=FastAlignOptions(load_priors="m.parquet")).shard == "1/2"


def test_what_an_aligner_keeps_and_gives_its_rule() -> None:
    assert FastAlignOptions(save_priors="m.arrow").model_output == "m.arrow"
    assert not any(a.model_output for a in (DictOptions(), FastAlignOptions(), AwesomeOptions(model="m")))
    assert AwesomeOptions(model="m", threshold=0.1, layer=3).rule_dials == {"threshold": 0.1}
    assert ArgmaxOptions(model="m", layer=3).rule_dials == {}


@pytest.mark.parametrize("kind", [kind for kind in ALIGNERS.values() if issubclass(kind, VectorOptions)])
def test_a_rule_takes_the_dials_of_its_class(kind: type[VectorOptions]) -> None:
    arguments = list(inspect.signature(by_name(kind.rule)).parameters)
    assert arguments == ["similarity", "inside", *kind(model="m").rule_dials]


def test_a_record_holds_what_defines_the_pairs() -> None:
    assert params(ExtractOptions(workers=4, format="pharaoh", tokenizer=("toktok",), pretokenized=True)) == {
        "aligner": "dict", "dict_split": "all", **OF_EVERY_SOURCE,
    }  # fmt: skip
    fastalign = FastAlignOptions(chunk=7, save_priors="m.parquet", device="cpu", keep_many=True)
    assert params(ExtractOptions(aligner=fastalign)) == {
        "aligner": "fastalign", "symmetrise": "grow-diag-final-and", "keep_many": True, "keep_identical": False,
        **OF_EVERY_SOURCE,
    }  # fmt: skip
    assert params(ExtractOptions(aligner=AwesomeOptions(model="m", batch_tokens=9))) == {
        "aligner": "awesome", "layer": 8, "pool": "subwords", "overlong": "window", "max_length": None,
        "dtype": "auto", "threshold": 0.001, "keep_many": False, "keep_identical": False, **OF_EVERY_SOURCE,
    }  # fmt: skip
    assert params(ExtractOptions(aligner=LinksOptions(links="x")))["aligner"] == "links"


def test_whether_all_of_the_corpus_is_read() -> None:
    assert ExtractOptions(hold_out=3).whole
    assert not any(o.whole for o in (ExtractOptions(limit=3), ExtractOptions(sample=3), ExtractOptions(shard="1/2")))


@pytest.mark.parametrize("kind", [*ALIGNERS.values(), LinksOptions])
def test_each_names_the_file_that_opens_it(kind: Any) -> None:
    file = import_module(f"xlt.pairs.{kind.file}")
    assert callable(file.open_source)
    assert callable(file.check_source)
