"""What a reader should know of a page: models, seeds, word pairs, as far as rows and records tell."""

from tests.study import study_files as s
from xlt import __version__
from xlt.files.provenance import Input, make_record
from xlt.report.about import facts


def test_models_pairs_and_what_signatures_share() -> None:
    made = {"src_lang": "en", "tgt_lang": "ar"}
    by_dict = make_record("extract-pairs", params={**made, "dict": "muse", "corpus": "opus100", "aligner": "dict"})
    by_dict["summary"] = {"word pairs": 22596}
    by_model = make_record("extract-pairs", params={**made, "dict": None, "aligner": "awesome", "corpus": "c.tsv"})
    start = s.base("org/m")
    aligned = make_record("realign", params={}, inputs=[start, Input("pairs", "t.parquet", "1", by_model)])
    end = Input(
        "model", "f", "weights of f", make_record("finetune", params={}, inputs=[Input("model", "r", "2", aligned)])
    )
    scored = make_record(
        "align-score",
        params={},
        inputs=[end, Input("pairs", "p.parquet", "3", by_dict), Input("pairs", "x", "4")],
    )
    scores = [s.score(end, lang, 0.5, base_model="org/m", task="pos") for lang in ("ar", "fr")]
    rows = {
        "scores": [score | {"seed": seed} for score in scores for seed in (42, 31)],
        "results": [s.result(end, "ar", 0.5, seed=7, base_model="elsewhere", task="pos")],
    }  # fmt: skip
    told = facts([Input("scores", "s.parquet", "5", scored), Input("results", "r.csv", "6")], rows)
    assert told.pop("Made")[0].endswith(f"UTC by xlt {__version__}")
    assert told == {
        "Tables made by": [f"xlt {__version__}"],
        "Models at the start": ["elsewhere", "org/m, weights weights of o"],
        "Tasks": ["pos, trained on en"],
        "Seeds": ["7, 31, 42"],
        "Word pairs for alignment": [
            "en-ar: 22,596 word pairs, dictionary muse, corpus opus100", "x: no record of their making",
        ],
        "Word pairs for realignment": ["en-ar: aligner awesome, corpus c.tsv"],
        "Alignment measured with": ["pairs:1000|seed:42|pool:first|overlong:window|xlt:0.1.0"],
        "Metrics measured with": ["data:ar|split:test|overlong:window|resamples:1000|seed:42|xlt:0.1.0"],
    }  # fmt: skip


def test_what_is_not_known_is_left_out_and_long_lists_are_counted() -> None:
    assert list(facts([], {})) == ["Made"]
    models = [{"base_model": f"m{i:02}", "seed": None, "task": ""} for i in range(30)]
    told = facts([], {"scores": models})
    assert list(told) == ["Made", "Models at the start"]
    assert told["Models at the start"][-2:] == ["m23", "… 6 more"]
