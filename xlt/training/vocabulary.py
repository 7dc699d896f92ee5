"""A subword vocabulary learned from text, and the small encoder that stands on it."""

from collections.abc import Sequence
from typing import Any

from xlt.errors import OptionError
from xlt.training.options import EncoderShape

_SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
_INNER = "##"


def learn_tokenizer(texts: Sequence[str], vocab_size: int, max_length: int) -> Any:
    """A cased WordPiece tokenizer of ``transformers``, learned from lines of text; the same text gives the same one.

    Raises:
        OptionError: the text does not fill the vocabulary, or its characters alone are more.
    """
    import tokenizers
    from tokenizers import models, processors
    from transformers import PreTrainedTokenizerFast

    special = list(_SPECIAL.values())
    # The library numbers the characters inside words in a random order, and ties between merges follow the numbers:
    # learned once without merges to see which there are, then with all of them numbered beforehand.
    inner = sorted(t for t in _learned(texts, 1, special) if t.startswith(_INNER))
    numbers = _learned(texts, vocab_size, [*special, *inner])
    if len(numbers) < vocab_size:
        text = f"{vocab_size:,}: the text gives {len(numbers):,} subwords; ask for no more, or add text"
        raise OptionError("vocab_size", text)
    if len(numbers) > vocab_size:
        text = f"{vocab_size:,}: the characters of the text alone are {len(numbers):,} subwords"
        raise OptionError("vocab_size", text)
    finished = tokenizers.Tokenizer(models.WordPiece(numbers, unk_token=_SPECIAL["unk_token"]))
    _set_up(finished)
    cls, sep = _SPECIAL["cls_token"], _SPECIAL["sep_token"]
    finished.post_processor = processors.BertProcessing((sep, numbers[sep]), (cls, numbers[cls]))
    return PreTrainedTokenizerFast(tokenizer_object=finished, model_max_length=max_length, **_SPECIAL)


def _learned(texts: Sequence[str], vocab_size: int, first: list[str]) -> dict[str, int]:
    import tokenizers
    from tokenizers import models, trainers

    learner = tokenizers.Tokenizer(models.WordPiece(unk_token=_SPECIAL["unk_token"]))
    _set_up(learner)
    trainer = trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=first, show_progress=False)
    learner.train_from_iterator(texts, trainer)
    return learner.get_vocab()


def _set_up(tokenizer: Any) -> None:
    from tokenizers import decoders, normalizers, pre_tokenizers

    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()


def new_encoder(tokenizer: Any, shape: EncoderShape) -> Any:
    """A BERT with the head of masked language modelling, its weights drawn with torch's global generator."""
    from transformers import BertConfig, BertForMaskedLM

    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.hidden_size,
        num_hidden_layers=shape.num_layers,
        num_attention_heads=shape.num_heads,
        intermediate_size=shape.intermediate_size or 4 * shape.hidden_size,
        max_position_embeddings=shape.max_length,
        hidden_dropout_prob=shape.dropout,
        attention_probs_dropout_prob=shape.dropout,
        pad_token_id=tokenizer.pad_token_id,
    )
    return BertForMaskedLM(config)
