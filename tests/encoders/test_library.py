import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.encoders.mutants import mutants
from xlt.encoders.library import library_errors, sentence
from xlt.encoders.load import load_encoder, model_input
from xlt.encoders.pieces import make_pieces
from xlt.encoders.vectors import embed_words
from xlt.errors import OfflineError, StoppedError, XltError

# What a tokenizer written in Rust raises is no Exception, and known by its name alone.
PanicException = type("PanicException", (BaseException,), {})


@pytest.mark.parametrize(
    "error", [KeyError("x"), IndexError("x"), MemoryError(), OSError("x"), AttributeError("x"), PanicException("x")]
)
def test_whatever_is_raised_becomes_one_line(error: BaseException) -> None:
    with pytest.raises(XltError, match=r"^model: (\w+: )?'?(x|MemoryError)'?$"), library_errors("model"):
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), StoppedError(15, "stopped"), OfflineError("x")])
def test_our_own_and_a_wish_to_stop_pass(error: BaseException) -> None:
    with pytest.raises(type(error)) as raised, library_errors("model"):
        raise error
    assert raised.value is error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("No room. Try again."), "No room."),
        (ValueError("size is wrong:\n    expected int\x1b[31m, got str"), "size is wrong: expected int [31m, got str"),
        (ValueError(""), "ValueError"),
        (KeyError("size"), "KeyError: 'size'"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff"),
        (RuntimeError("x" * 1000), "x" * 300),
    ],
)
def test_the_words_of_a_library(error: Exception, words: str) -> None:
    assert sentence(error).startswith(words)
    assert "\n" not in sentence(error)


def used(folder: str) -> None:
    """Load a model and take vectors of some words, as ``embed`` does."""
    encoder = load_encoder(folder, device="cpu")
    pieces = make_pieces(encoder.tokenizer, [["the", "cat", "sat"], ["light"]], encoder.max_length)
    words = np.flatnonzero(pieces.piece >= 0)
    layers = range(encoder.num_layers + 1)
    vectors = np.zeros((len(layers), len(words), encoder.dim), np.float32)

    def write(rows: np.ndarray, values: np.ndarray) -> None:
        vectors[:, rows] = values

    embed_words(encoder, pieces, words, layers=layers, pool="first", batch_tokens=64, write=write)
    model_input(encoder)
    assert load_encoder(folder, head="tokens", labels=["A", "B"], device="cpu").labels == ["A", "B"]


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "tokenizer_config.json"])
def test_a_checkpoint_with_a_strange_value_works_or_is_refused(
    checkpoints: Callable[..., Path], tmp_path: Path, file: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(checkpoints("roberta"), folder)
    changed = list(mutants(folder, file))
    refused: list[tuple[str, str]] = []
    for what, text in changed[:: max(1, len(changed) // 25)]:
        (folder / file).write_text(text, encoding="utf-8")
        try:
            used(str(folder))
        except XltError as error:
            refused.append((what, str(error)))
    assert [r for r in refused if str(folder) not in r[1] or "\n" in r[1]] == []
    assert refused or file == "tokenizer_config.json"
