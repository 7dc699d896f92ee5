"""Which parameters each block names, for each family; that they stay is tested where models are trained."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
import transformers

from tests.checkpoints import FAMILIES
from xlt.errors import XltError
from xlt.training.freeze import freeze

# As each architecture names its parts; xlt itself knows none of these names.
LAYER = {
    "bert": r"encoder\.layer\.(\d+)\.",
    "roberta": r"encoder\.layer\.(\d+)\.",
    "xlm-roberta": r"encoder\.layer\.(\d+)\.",
    "distilbert": r"transformer\.layer\.(\d+)\.",
    "modernbert": r"layers\.(\d+)\.",
}
WORDS = {"modernbert": "embeddings.tok_embeddings.weight"}


def body_of(trainable: Callable[..., str], family: str) -> Any:
    return transformers.AutoModel.from_pretrained(trainable(family))


def expected(body: Any, family: str, block: str) -> set[str]:
    names = [n for n, _ in body.named_parameters()]
    if block == "encoder":
        return set(names)
    if block == "embeddings":
        return {WORDS.get(family, "embeddings.word_embeddings.weight")}
    layers = {"front": {0}, "back": {1, 2}, "2:2": {1}, "2:3": {1, 2}, "1:3": {0, 1, 2}}[block]
    matches = {name: re.match(LAYER[family], name) for name in names}
    inside = {name for name, match in matches.items() if match and int(match[1]) in layers}
    assert inside
    return inside


@pytest.mark.parametrize("family", FAMILIES)
def test_blocks(trainable: Callable[..., str], family: str) -> None:
    for block in ("encoder", "embeddings", "front", "back", "2:2", "2:3", "1:3"):
        body = body_of(trainable, family)
        count = freeze(body, block, family)
        frozen = {n for n, p in body.named_parameters() if not p.requires_grad}
        assert frozen == expected(body, family, block), block
        assert count == sum(p.numel() for p in body.parameters() if not p.requires_grad)


def test_blocks_are_joined_and_counted_once(trainable: Callable[..., str]) -> None:
    body = body_of(trainable, "bert")
    count = freeze(body, "embeddings, front,1:1", "x")
    frozen = {n for n, p in body.named_parameters() if not p.requires_grad}
    assert frozen == expected(body, "bert", "embeddings") | expected(body, "bert", "front")
    assert count == sum(p.numel() for p in body.parameters() if not p.requires_grad)


@pytest.mark.parametrize("block", ["", "front,", "layers", "1", "1:", ":2", "1-2", "a:b", "-1:2", "Encoder"])
def test_what_is_no_block(trainable: Callable[..., str], block: str) -> None:
    with pytest.raises(XltError, match="one of encoder, embeddings, front, back, or LO:HI"):
        freeze(body_of(trainable, "bert"), block, "x")


@pytest.mark.parametrize("block", ["0:1", "2:1", "3:4", "4:4"])
def test_layers_that_are_not_there(trainable: Callable[..., str], block: str) -> None:
    with pytest.raises(XltError, match=f"freeze {block}: some-model has layers 1 to 3"):
        freeze(body_of(trainable, "bert"), block, "some-model")


def test_an_architecture_whose_layers_cannot_be_told(trainable: Callable[..., str]) -> None:
    body = body_of(trainable, "bert")
    body.more = torch.nn.ModuleList(torch.nn.Linear(2, 2) for _ in range(3))
    with pytest.raises(XltError, match="x has 2 lists of 3 modules"):
        freeze(body, "front", "x")
    assert all(p.requires_grad for p in body.parameters())
    freeze(body, "embeddings", "x")


def test_what_the_checkpoint_did_not_have_stays_in_training() -> None:
    torch.manual_seed(0)
    body = torch.nn.ModuleDict(
        {"layers": torch.nn.ModuleList([torch.nn.Linear(2, 2)]), "pooler": torch.nn.Linear(2, 2)}
    )
    count = freeze(body, "encoder", "x", list(body["pooler"].parameters()))
    assert count == 6
    assert [p.requires_grad for p in body["pooler"].parameters()] == [True, True]
    assert not any(p.requires_grad for p in body["layers"].parameters())
