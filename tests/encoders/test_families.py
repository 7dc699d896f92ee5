from pathlib import Path
from types import SimpleNamespace

import pytest
import transformers

from tests.checkpoints import byte_level
from xlt.encoders.families import is_decoder, is_encoder_alone
from xlt.encoders.load import load_encoder
from xlt.errors import XltError


def saved(folder: Path, model: transformers.PreTrainedModel, tokenizer: object) -> str:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)  # type: ignore[attr-defined]
    return str(folder)


def test_a_model_with_parts_for_each_language_is_refused(tmp_path: Path) -> None:
    tokenizer = byte_level()
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    for default in (None, "en_XX"):
        config = transformers.XmodConfig(
            vocab_size=len(tokenizer), max_position_embeddings=40, languages=["en_XX", "fr_XX"],
            default_language=default, **size,
        )  # fmt: skip
        name = saved(tmp_path / str(default), transformers.XmodModel(config), tokenizer)
        with pytest.raises(XltError, match=r"of its own for each language \(en_XX, fr_XX\)"):
            load_encoder(name, device="cpu")
    for use, languages in ((True, 2), (True, 1), (False, 2)):
        xlm = transformers.XLMConfig(
            vocab_size=len(tokenizer), emb_dim=16, n_layers=2, n_heads=2, n_langs=languages, use_lang_emb=use,
            lang2id={"en": 0, "fr": 1}, max_position_embeddings=40, pad_index=0,
        )  # fmt: skip
        name = saved(tmp_path / f"xlm{use}{languages}", transformers.XLMModel(xlm), tokenizer)
        if use and languages > 1:
            with pytest.raises(XltError, match=r"for each language \(en, fr\)"):
                load_encoder(name, device="cpu")
        else:
            assert load_encoder(name, device="cpu").dim == 16


@pytest.mark.parametrize(
    ("model_type", "architectures", "alone"),
    [
        ("mt5", ["MT5EncoderModel"], True),
        ("t5", ["T5ForTokenClassification"], True),
        ("t5", ["T5ForConditionalGeneration"], False),
        ("t5", None, False),
        ("bert", ["BertForTokenClassification"], False),
    ],
)
def test_an_encoder_alone_is_known_by_what_saved_it(
    model_type: str, architectures: list[str] | None, alone: bool
) -> None:
    assert is_encoder_alone(SimpleNamespace(model_type=model_type, architectures=architectures)) is alone


def test_decoders() -> None:
    assert [t for t in ("bert", "gpt2", "xlm-roberta", "llama", "bloom", "fnet", "modernbert") if is_decoder(t)] == [
        "gpt2",
        "llama",
        "bloom",
    ]
