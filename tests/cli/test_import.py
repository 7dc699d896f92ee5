"""``xlt import wide``."""

from pathlib import Path

from tests.cli.conftest import Call, names

TEXT = """model,task,seed,final_eval_same_accuracy,final_eval_ar_accuracy,alignment_after_fwd_ar_12
xlmr,udpos,31,0.9,0.5,0.3
xlmr,udpos,42,0.9,0.6,0.4
bert,udpos,31,0.9,0.2,0.1
bert,udpos,42,0.9,0.1,0.2
"""


def test_from_a_wide_table_to_a_correlation(call: Call, tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text(TEXT, encoding="utf-8")
    done = call("import", "wide", "w.csv")
    assert done.out == "w.scores.parquet\nw.results.parquet\n"
    assert done.err.splitlines()[0] == "w.csv"
    assert [line.split() for line in done.err.splitlines()[1:4]] == [["runs", "4"], ["scores", "4"], ["results", "8"]]
    shown = call("correlate", "-q", "w.scores.parquet", "w.results.parquet").out
    assert "0.800" in shown
    assert "xlt import wide w.csv" in call("show", "w.scores.parquet").out
    refused = call("import", "wide", "w.csv", status=2)
    assert "w.scores.parquet exists already" in refused.err
    again = call("import", "wide", "-q", "--force", "--scores", "s.csv", "--results", "r.csv", "w.csv")
    assert again == (0, "s.csv\nr.csv\n", "")


def test_bad_input_is_one_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text(TEXT, encoding="utf-8")
    before = names(tmp_path)
    for arguments, said in (
        (["none.csv"], "none.csv: no such file"),
        (["--result-columns", "x_{lang}", "--score-columns", "y_{lang}", "w.csv"], "no column is called like x_{lang}"),
        (["--strength", "both", "w.csv"], "'both' is not one of 'weak', 'strong'"),
        (["--scores", "x.csv", "--results", "x.csv", "w.csv"], "need two names"),
        (["--tag", "value=1", "w.csv"], "--tag value: a column of that name"),
    ):
        done = call("import", "wide", *arguments, status=2)
        assert done.out == ""
        assert done.err.count("\n") == 1
        assert said in done.err
        assert names(tmp_path) == before
