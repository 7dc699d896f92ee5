"""``xlt report space``: drawn, refused."""

from pathlib import Path

import numpy as np

from tests.cli.conftest import Call, names
from tests.pair_files import related_vectors, write_folder


def test_space(call: Call, tmp_path: Path) -> None:
    words = [{"src_word": src, "tgt_word": tgt} for src, tgt in [("cat", "chat"), ("dog", "chien")] * 10]
    for name in ("base", "aligned"):
        write_folder(tmp_path / name, *related_vectors(20, 8), words)
    line = ("report", "space", "base", "aligned", "--words", "cat", "--method", "pca", "-o", "s.svg")
    assert call(*line) == (0, "s.svg\n", "")
    text = (tmp_path / "s.svg").read_text(encoding="utf-8")
    assert "cat ~ chat" in text
    assert "dog" not in text
    assert "exists already" in call(*line, status=2).err
    call(*line, "--force")
    # The same numbers, the same bytes.
    assert (tmp_path / "s.svg").read_text(encoding="utf-8") == text
    refused = call("report", "space", "base", "-o", "t.svg", "--words", "cow", status=2)
    assert refused.err == "xlt: error: --words cow: no source word of base; there are cat, dog\n"
    refused = call("report", "space", "base", "-o", "t.svg", status=2)
    assert refused.err == "xlt: error: --perplexity 30: of 40 points it can be 13 at most\n"
    np.save(tmp_path / "base" / "tgt.npy", np.zeros((3, 8), np.float32))
    assert call("report", "space", "base", "-o", "t.svg", status=2).err.startswith("xlt: error: base")
    assert names(tmp_path) == {"base", "aligned", "s.svg"}
