"""Tiny encoders of each supported family: random weights from a real config, a tokenizer trained on the spot."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXT = [
    "In the beginning God created the heavens and the earth .",
    "Au commencement , Dieu créa les cieux et la terre .",
    "The cat sat on the mat and looked at the light of the morning .",
    "Le chat était assis sur le tapis et regardait la lumière du matin .",
    "起初 ， 神 创造 天地 。",
    "في البدء خلق الله السماوات والأرض .",
    "В начале сотворил Бог небо и землю .",
] * 4

_BERT = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_ROBERTA = ("<pad>", "<unk>", "<s>", "</s>", "<mask>")


def _wrapped(tokenizer: Tokenizer, names: tuple[str, ...], limit: int | None) -> Any:
    pad, unk, first, last, mask = names
    ids = {name: tokenizer.token_to_id(name) for name in names}
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B {last}",
        special_tokens=[(first, ids[first]), (last, ids[last])],
    )
    named = {"pad_token": pad, "unk_token": unk, "cls_token": first, "sep_token": last, "mask_token": mask}
    size = {} if limit is None else {"model_max_length": limit}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named, **size)


def wordpiece(text: Iterable[str] = TEXT, limit: int | None = 32) -> Any:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    # The library numbers the characters inside words at random, and ties follow the numbers: numbered beforehand, every
    # process makes the same checkpoint.
    lines = list(text)
    tokenizer.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=1, special_tokens=list(_BERT)))
    inner = sorted(t for t in tokenizer.get_vocab() if t.startswith("##"))
    tokenizer.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=220, special_tokens=[*_BERT, *inner]))
    fixed = Tokenizer(models.WordPiece(tokenizer.get_vocab(), unk_token="[UNK]"))
    fixed.normalizer, fixed.pre_tokenizer = tokenizer.normalizer, tokenizer.pre_tokenizer
    fixed.decoder = tokenizer.decoder
    return _wrapped(fixed, _BERT, limit)


def sentencepiece(text: Iterable[str] = TEXT, limit: int | None = 32) -> Any:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=200, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], unk_token="<unk>"
    )
    tokenizer.train_from_iterator(text, trainer)
    return _wrapped(tokenizer, _ROBERTA, limit)


def byte_level(text: Iterable[str] = TEXT, limit: int | None = 32) -> Any:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=list(_ROBERTA), initial_alphabet=alphabet)
    tokenizer.train_from_iterator(text, trainer)
    return _wrapped(tokenizer, _ROBERTA, limit)


_SIZE = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48}


def bert(vocab: int, pad: int) -> Any:
    return transformers.BertModel(
        transformers.BertConfig(vocab_size=vocab, pad_token_id=pad, max_position_embeddings=32, **_SIZE)
    )


def distilbert(vocab: int, pad: int) -> Any:
    return transformers.DistilBertModel(
        transformers.DistilBertConfig(
            vocab_size=vocab, pad_token_id=pad, dim=32, n_layers=3, n_heads=4, hidden_dim=48, max_position_embeddings=32
        )
    )


def roberta(vocab: int, pad: int) -> Any:
    # Positions start behind the padding index, so that the table is longer than the longest input.
    return transformers.RobertaModel(
        transformers.RobertaConfig(vocab_size=vocab, pad_token_id=pad, max_position_embeddings=33 + pad, **_SIZE)
    )


def xlm_roberta(vocab: int, pad: int) -> Any:
    return transformers.XLMRobertaModel(
        transformers.XLMRobertaConfig(vocab_size=vocab, pad_token_id=pad, max_position_embeddings=33 + pad, **_SIZE)
    )


def modernbert(vocab: int, pad: int) -> Any:
    return transformers.ModernBertModel(
        transformers.ModernBertConfig(
            vocab_size=vocab, pad_token_id=pad, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3,
            max_position_embeddings=32, local_attention=8, **_SIZE,
        )
    )  # fmt: skip


FAMILIES: dict[str, tuple[Callable[[int, int], Any], Callable[..., Any]]] = {
    "bert": (bert, wordpiece),
    "distilbert": (distilbert, wordpiece),
    "roberta": (roberta, byte_level),
    "xlm-roberta": (xlm_roberta, sentencepiece),
    "modernbert": (modernbert, byte_level),
}


def make_checkpoint(folder: Path, family: str = "bert", *, limit: int | None = 32, seed: int = 0) -> Path:
    """Save a model and its tokenizer; weights are larger than usual, so that layers differ."""
    architecture, tokenizer = FAMILIES[family]
    cut = tokenizer(limit=limit)
    torch.manual_seed(seed)
    model = architecture(len(cut), cut.pad_token_id)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 2 and "norm" not in name.lower():
                parameter.normal_(0, 0.15)
    model.save_pretrained(folder)
    cut.save_pretrained(folder)
    return folder


def make_trainable(folder: Path, family: str = "bert", dropout: float = 0.0, seed: int = 0) -> str:
    """A tiny checkpoint, each of whose dropouts has the same rate."""
    make_checkpoint(folder, family, seed=seed)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config |= {key: dropout for key in config if "dropout" in key}
    path.write_text(json.dumps(config), encoding="utf-8")
    return str(folder)
