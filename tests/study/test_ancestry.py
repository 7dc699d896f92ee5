"""Which scored models belong to an evaluated one."""

import pytest

from tests.study import study_files as s
from xlt.errors import XltError
from xlt.study.ancestry import base_of, bases_of, model_names, related, who_of

ROW = {"model": "pos-1", "base_model": "xlmr", "recipe": "finetune(pos)", "task": "pos", "seed": 1, "weights": "c",
       "where": "r.csv"}  # fmt: skip
LINEAGE = {"c": ["c", "b", "a"], "b": ["b", "a"], "a": ["a"]}


def test_the_hash_of_the_weights_says_who_it_is() -> None:
    assert who_of(ROW) == ("c",)
    # In CSV a null is an empty cell.
    for empty in (None, ""):
        assert who_of(ROW | {"weights": empty}) == ("pos-1", "finetune(pos)", "pos", 1)


def test_all_ancestors_that_records_tell() -> None:
    assert related(ROW, LINEAGE, {}) == [("after", ("c",)), ("before", ("b",)), ("before", ("a",))]
    assert related(ROW | {"weights": "a"}, LINEAGE, {}) == [("after", ("a",))]


def test_without_a_record_the_name_of_the_base_model_serves() -> None:
    bases = bases_of([ROW, s.score(s.base("xlmr"), "ar", 0.1), s.score(s.base("bert"), "ar", 0.1)])
    assert bases == {"xlmr": [("weights of xlmr",)], "bert": [("weights of bert",)]}
    assert related(ROW, {}, bases) == [("after", ("c",)), ("before", ("weights of xlmr",))]
    # A bare model is none of its own ancestors.
    bare = s.score(s.base("xlmr"), "ar", 0.1)
    assert related(bare, {}, bases) == [("after", ("weights of xlmr",))]
    with pytest.raises(XltError, match=r"r\.csv does not say which xlmr .* 2 models of that name"):
        related(ROW, {}, {"xlmr": [("1",), ("2",)]})


def test_names_of_models() -> None:
    assert base_of(ROW, LINEAGE) == "a"
    assert base_of(ROW, {}) == "xlmr"
    assert base_of(ROW | {"base_model": ""}, {}) == "pos-1"
    others = [ROW | {"base_model": "hub/xlmr"}, ROW | {"weights": "d"}]
    # Two paths of one model, and another model of one of these names.
    lineage = LINEAGE | {"d": ["d", "e" * 64]}
    assert model_names([ROW, *others], LINEAGE | {"d": ["d", "d"]}) == {"a": "hub/xlmr", "d": "xlmr"}
    assert model_names([ROW, others[1]], lineage) == {"a": "xlmr@a", "e" * 64: "xlmr@eeeeeeee"}
