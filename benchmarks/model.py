"""A checkpoint of DistilmBERT's size, with random weights and a WordPiece tokenizer trained on the given text."""

from collections.abc import Iterable
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers


def make_checkpoint(folder: Path, text: Iterable[str], vocab_size: int = 30_000) -> Path:
    """6 layers of 768 dimensions and 12 heads, as DistilmBERT has."""
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(text, trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=specials))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), specials, strict=True))
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **names)
    torch.manual_seed(1)
    config = transformers.DistilBertConfig(vocab_size=tokenizer.get_vocab_size())
    transformers.DistilBertModel(config).save_pretrained(folder)
    wrapped.save_pretrained(folder)
    return folder
