from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from tests.checkpoints import FAMILIES, make_checkpoint, wordpiece
from xlt.encoders.first_run import reads_padding
from xlt.encoders.load import load_encoder
from xlt.encoders.pieces import make_pieces
from xlt.encoders.vectors import embed_words, token_batches
from xlt.errors import XltError


@pytest.fixture
def fnet(tmp_path: Path) -> str:
    """Mixes all places of its input, those of the padding too."""
    tokenizer = wordpiece()
    torch.manual_seed(0)
    config = transformers.FNetConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, intermediate_size=32, max_position_embeddings=32
    )
    transformers.FNetModel(config).save_pretrained(tmp_path / "fnet")
    tokenizer.save_pretrained(tmp_path / "fnet")
    return str(tmp_path / "fnet")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_mask_keeps_padding_out(checkpoints: Callable[..., Path], family: str) -> None:
    assert not load_encoder(str(checkpoints(family)), device="cpu").reads_padding
    assert not load_encoder(str(checkpoints(family)), device="cpu", dtype="bfloat16").reads_padding


def test_vectors_of_a_model_that_reads_padding_do_not_depend_on_the_batch(
    fnet: str, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = load_encoder(fnet, device="cpu")
    assert encoder.reads_padding
    assert "depends on padding" in caplog.text
    pieces = make_pieces(encoder.tokenizer, [["the", "cat"], ["the", "cat", "sat", "on"], ["mat"]], 32)
    made = []
    for batch_tokens in (1, 4096):
        vectors = np.zeros((1, 7, 16), np.float32)

        def write(rows: np.ndarray, values: np.ndarray, into: np.ndarray = vectors) -> None:
            into[:, rows] = values

        embed_words(encoder, pieces, np.arange(7), layers=[2], pool="first", batch_tokens=batch_tokens, write=write)
        made.append(vectors)
    np.testing.assert_allclose(made[0], made[1], atol=1e-5)


def test_batches_of_one_length() -> None:
    lengths = np.array([3, 5, 3, 0, 5, 3])
    batches = [b.tolist() for b in token_batches(lengths, 7, one_length=True)]
    assert batches == [[1], [4], [0, 2], [5]]
    assert [b.tolist() for b in token_batches(lengths, 99, one_length=True)] == [[1, 4], [0, 2, 5]]


def test_the_first_run_draws_nothing(tmp_path: Path) -> None:
    folder = str(make_checkpoint(tmp_path / "m"))
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    load_encoder(folder, device="cpu")
    assert torch.equal(before, torch.random.get_rng_state())


class _Latents(torch.nn.Module):
    # Gives four vectors whatever goes in.
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(4, 8))
        self.base_model = self

    def forward(self, input_ids: torch.Tensor, **_: Any) -> Any:
        out = self.weight.expand(len(input_ids), 4, 8)
        return transformers.modeling_outputs.BaseModelOutput(last_hidden_state=out)


def test_a_model_without_a_vector_for_each_subword_is_refused(checkpoints: Callable[..., Path]) -> None:
    tokenizer = load_encoder(str(checkpoints("bert")), device="cpu").tokenizer
    with pytest.raises(XltError, match=r"latents gives 4x8 numbers for .* subwords, xlt needs 8 for each"):
        reads_padding(_Latents(), tokenizer, "latents", 32, 8)
