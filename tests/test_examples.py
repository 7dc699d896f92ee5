"""The examples run as they stand, also when they are started again."""

import shutil
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.conftest import ROOT
from tests.warm import Program
from xlt.corpora.manifests import load_manifest
from xlt.corpora.resources import resource_folder

SCRIPTS = sorted((ROOT / "examples").glob("*.sh"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.name)
def test_the_shell_can_parse_it(script: Path) -> None:
    shell = shutil.which("dash") or "sh"
    result = subprocess.run([shell, "-n", script], capture_output=True, encoding="utf-8", check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_quickstart_ends_in_words_and_goes_on_when_started_again(program: Program, tmp_path: Path) -> None:
    environment = program.environment(TARGETS="qab", SENTENCES="150", EPOCHS="1")
    said = []
    for _ in range(2):
        result = subprocess.run(
            ["sh", ROOT / "examples" / "quickstart.sh", "out"],
            cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        said.append(result)
    first, second = ("\n".join(line for line in s.stdout.splitlines() if "%" in line) for s in said)
    assert first == second
    assert "In words: without realignment" in first
    assert said[1].stderr.count("is finished already") == 5


def test_the_encoder_out_of_named_text(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The files lie in the cache by hand: TED talks unpacked there would be an archive, so that a manifest of their name
    # says that they are plain.
    monkeypatch.setenv("XLT_CACHE", str(tmp_path / "cache"))
    ntrex, muse = (resource_folder(load_manifest(name)) for name in ("ntrex128", "muse"))
    sides = {"en": "the cat sleeps\na black cat\n" * 40, "fr": "le chat dort\nun chat noir\n" * 40}
    folder = tmp_path / "manifests"
    for path in (folder, ntrex, muse, tmp_path / "cache" / "ted2020" / "v1"):
        path.mkdir(parents=True)
    text = load_manifest("ted2020").path.read_text(encoding="utf-8")
    source = text[text.index("[source]") : text.index("[splits]")]
    by_hand = '[source]\nmanual = "by hand"\nfiles = "{lang}.txt"\n'
    (folder / "ted2020.toml").write_text(text.replace(source, by_hand), encoding="utf-8")
    for lang, name in (("en", "src.eng"), ("fr", "ref.fra")):
        (ntrex / f"newstest2019-{name}.txt").write_text(sides[lang], encoding="utf-8")
        (tmp_path / "cache" / "ted2020" / "v1" / f"{lang}.txt").write_text(sides[lang], encoding="utf-8")
    (muse / "en-fr.txt").write_text("cat chat\nblack noir\nsleeps dort\n", encoding="utf-8")
    (muse / "fr-en.txt").write_text("chat cat\n", encoding="utf-8")
    environment = program.environment(
        LANGS="fr", LINES="50", VOCAB="50", EPOCHS="1", XLT_CACHE=str(tmp_path / "cache"), XLT_MANIFESTS=str(folder),
        XLT_OFFLINE="1",
    )  # fmt: skip
    result = subprocess.run(
        ["sh", ROOT / "examples" / "encoder.sh", "out"],
        cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out" / "text.en").read_text(encoding="utf-8").count("\n") == 50
    rows = pq.read_table(tmp_path / "out" / "scores.parquet").to_pylist()
    assert {(row["src_lang"], row["tgt_lang"], row["n"]) for row in rows} == {("en", "fr", 160)}
    assert max(row["layer"] for row in rows) == 4
