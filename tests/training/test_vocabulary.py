from collections.abc import Sequence

import pytest
import torch

from tests.checkpoints import TEXT
from xlt.errors import XltError
from xlt.training.options import EncoderShape
from xlt.training.vocabulary import learn_tokenizer, new_encoder


def test_the_same_text_gives_the_same_vocabulary() -> None:
    # The library numbers characters in another order in every process and every call.
    vocabularies = [learn_tokenizer(TEXT, 150, 32).get_vocab() for _ in range(4)]
    assert all(vocab == vocabularies[0] for vocab in vocabularies[1:])
    assert len(vocabularies[0]) == 150


def test_words_are_cut_into_pieces_of_the_vocabulary_and_case_stays() -> None:
    tokenizer = learn_tokenizer(TEXT, 200, 32)
    assert tokenizer.convert_ids_to_tokens(tokenizer("God")["input_ids"]) == [
        "[CLS]",
        *tokenizer.tokenize("God"),
        "[SEP]",
    ]
    assert "".join(t.removeprefix("##") for t in tokenizer.tokenize("heavens")) == "heavens"
    assert tokenizer.tokenize("God") != tokenizer.tokenize("god")
    assert tokenizer.unk_token_id not in tokenizer(" ".join(TEXT))["input_ids"]


def test_a_pair_has_two_segments() -> None:
    tokenizer = learn_tokenizer(TEXT, 200, 32)
    encoded = tokenizer("God", "Dieu")
    first, second = len(tokenizer.tokenize("God")), len(tokenizer.tokenize("Dieu"))
    assert encoded["input_ids"].count(tokenizer.sep_token_id) == 2
    assert len(encoded["input_ids"]) == first + second + 3


@pytest.mark.parametrize(
    ("text", "size", "said"),
    [
        (TEXT, 5000, "the text gives"),
        (TEXT, 30, "the characters of the text alone"),
        (["a b"], 100, "the text gives 7"),
    ],
)
def test_a_vocabulary_that_the_text_cannot_fill_is_refused(text: Sequence[str], size: int, said: str) -> None:
    with pytest.raises(XltError, match=said):
        learn_tokenizer(text, size, 32)


def test_the_encoder_has_the_size_asked_for_and_its_own_draw() -> None:
    tokenizer = learn_tokenizer(TEXT, 150, 32)
    shape = EncoderShape(num_layers=3, hidden_size=24, num_heads=2, intermediate_size=40, max_length=32, dropout=0.0)
    torch.manual_seed(5)
    one = new_encoder(tokenizer, shape)
    torch.manual_seed(5)
    again = new_encoder(tokenizer, shape)
    config = one.config
    assert (config.num_hidden_layers, config.hidden_size, config.intermediate_size) == (3, 24, 40)
    assert (config.vocab_size, config.max_position_embeddings, config.hidden_dropout_prob) == (150, 32, 0.0)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), again.parameters(), strict=True))
    assert (
        new_encoder(tokenizer, EncoderShape(num_layers=1, hidden_size=24, num_heads=2)).config.intermediate_size == 96
    )


def test_heads_must_share_the_dimensions() -> None:
    with pytest.raises(XltError, match="hidden_size 25 is not a multiple of num_heads 4"):
        EncoderShape(hidden_size=25, num_heads=4)
