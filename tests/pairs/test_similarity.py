"""Links by an encoder's vectors against the plain way: one sentence at a time, through transformers alone."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch

from tests.aligners.sentence_pairs import sets_of
from tests.checkpoints import make_checkpoint
from xlt.corpora.choose import Block
from xlt.errors import XltError
from xlt.pairs.options import ArgmaxOptions, AwesomeOptions, ItermaxOptions
from xlt.pairs.segment import WordRule, segmenter
from xlt.pairs.similarity import SimilarityLinks

PAIRS = [
    ("the cat sleeps on the mat", "le chat dort"),
    ("a dog", "un chien"),
    ("", "rien"),
    ("house house house", "la maison la maison"),
    ("the", "the"),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("model") / "bert")


def blocks() -> Block:
    src, tgt = zip(*PAIRS, strict=True)
    return Block(np.arange(len(PAIRS)), list(src), list(tgt), np.zeros(len(PAIRS), np.bool_))


def tokens() -> Any:
    return segmenter(WordRule("en", "fr", {}, pretokenized=True))(blocks())


def subwords(folder: Path, sentence: str, layer: int) -> tuple[torch.Tensor, list[int]]:
    """Vectors of the subwords of a sentence, and the word of each."""
    from transformers import AutoModel, AutoTokenizer

    encoded = AutoTokenizer.from_pretrained(folder)(sentence.split(), is_split_into_words=True, return_tensors="pt")
    with torch.inference_mode():
        hidden = AutoModel.from_pretrained(folder).eval()(**encoded, output_hidden_states=True).hidden_states[layer][0]
    words = encoded.word_ids()
    held = [k for k, w in enumerate(words) if w is not None]
    return hidden[held], [words[k] for k in held]


def mutual(left: torch.Tensor, right: torch.Tensor) -> list[tuple[int, int]]:
    table = torch.nn.functional.normalize(left, dim=1) @ torch.nn.functional.normalize(right, dim=1).T
    return [(i, int(j)) for i, j in enumerate(table.argmax(dim=1)) if int(table[:, j].argmax()) == i]


@pytest.mark.parametrize("layer", [0, 1, -1])
def test_subwords_one_sentence_at_a_time(model: Path, layer: int) -> None:
    linker = SimilarityLinks(ArgmaxOptions(model=str(model), layer=layer, device="cpu"))
    ((block, links),) = linker.links([tokens()], 1)
    assert len(block) == len(PAIRS)
    for got, (src, tgt) in zip(sets_of(links, len(PAIRS)), PAIRS, strict=True):
        if not src or not tgt:
            assert got == set()
            continue
        (left, left_word), (right, right_word) = subwords(model, src, layer), subwords(model, tgt, layer)
        assert got == {(left_word[i], right_word[j]) for i, j in mutual(left, right)}


@pytest.mark.parametrize("pool", ["first", "last"])
def test_one_vector_a_word(model: Path, pool: Literal["first", "last"]) -> None:
    linker = SimilarityLinks(ArgmaxOptions(model=str(model), layer=1, pool=pool, device="cpu"))
    ((_, links),) = linker.links([tokens()], 1)
    src, tgt = PAIRS[0]
    vectors = []
    for sentence in (src, tgt):
        hidden, word = subwords(model, sentence, 1)
        at = {w: k for k, w in (enumerate(word) if pool == "last" else reversed(list(enumerate(word))))}
        vectors.append(hidden[[at[w] for w in range(len(sentence.split()))]])
    assert sets_of(links, len(PAIRS))[0] == set(mutual(*vectors))


def test_awesome_one_sentence_at_a_time(model: Path) -> None:
    linker = SimilarityLinks(AwesomeOptions(model=str(model), layer=-1, threshold=0.3, device="cpu"))
    ((_, links),) = linker.links([tokens()], 1)
    src, tgt = PAIRS[3]
    (left, left_word), (right, right_word) = subwords(model, src, -1), subwords(model, tgt, -1)
    table = left @ right.T
    ahead, back = table.softmax(dim=1), table.softmax(dim=0)
    linked = {(left_word[i], right_word[j]) for i, j in ((ahead > 0.3) & (back > 0.3)).nonzero().tolist()}
    assert sets_of(links, len(PAIRS))[3] == linked
    assert links.score is not None
    assert ((links.score > 0.3) & (links.score <= 1)).all()


def test_the_size_of_a_part_changes_nothing(model: Path) -> None:
    options = ItermaxOptions(model=str(model), layer=1, device="cpu")
    ((_, whole),) = SimilarityLinks(options).links([tokens()], 1)
    ((_, parts),) = SimilarityLinks(options, pairs_at_once=2).links([tokens()], 1)
    assert sets_of(whole, len(PAIRS)) == sets_of(parts, len(PAIRS))


def test_sentences_above_the_limit_follow_overlong(model: Path) -> None:
    long = " ".join(["house"] * 40)
    block = segmenter(WordRule("en", "fr", {}, pretokenized=True))(
        Block(np.arange(1), [long], [long], np.zeros(1, np.bool_))
    )
    windows = SimilarityLinks(ArgmaxOptions(model=str(model), layer=0, device="cpu"))
    ((_, links),) = windows.links([block], 1)
    assert windows.summary() == {"overlong sentences": 2}
    skipped = SimilarityLinks(ArgmaxOptions(model=str(model), layer=0, overlong="skip", device="cpu"))
    ((_, skipped_links),) = skipped.links([block], 1)
    assert len(links) > 0
    assert len(skipped_links) == 0
    assert skipped.summary() == {"overlong sentences": 2, "words without a vector, not aligned": 80}


def test_a_layer_that_the_model_lacks(model: Path) -> None:
    with pytest.raises(XltError, match=r"layer 8: the model has \d layers"):
        SimilarityLinks(AwesomeOptions(model=str(model), device="cpu"))


def test_an_awesome_checkpoint_is_a_plain_encoder(model: Path, tmp_path: Path) -> None:
    # As that tool saves it: BERT with a head for masked words and one of its own, in PyTorch's old format.
    from transformers import AutoConfig, AutoTokenizer, BertForMaskedLM

    torch.manual_seed(3)
    whole = BertForMaskedLM(AutoConfig.from_pretrained(model))
    whole.config.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(model).save_pretrained(tmp_path)
    torch.save(whole.state_dict() | {"psi_cls.bias": torch.zeros(4)}, tmp_path / "pytorch_model.bin")
    options = ArgmaxOptions(model=str(tmp_path), layer=-1, pool="first", device="cpu")
    ((_, links),) = SimilarityLinks(options).links([tokens()], 1)
    whole.bert.save_pretrained(tmp_path / "plain")
    AutoTokenizer.from_pretrained(model).save_pretrained(tmp_path / "plain")
    plain = ArgmaxOptions(model=str(tmp_path / "plain"), layer=-1, pool="first", device="cpu")
    ((_, expected),) = SimilarityLinks(plain).links([tokens()], 1)
    assert sets_of(links, len(PAIRS)) == sets_of(expected, len(PAIRS))
    assert len(links) > 0
