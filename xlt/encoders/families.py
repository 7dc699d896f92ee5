"""What sets some families of models apart from the usual encoder: languages told, decoders, encoders cut out."""

import inspect
from typing import Any

from xlt.errors import XltError

_ENCODER_DECODERS = ("t5", "mt5", "umt5", "t5gemma", "switch_transformers")
_ENCODER_ALONE = ("EncoderModel", "ForTokenClassification")


def is_encoder_alone(config: Any) -> bool:
    """Whether a checkpoint holds the encoder of an encoder-decoder alone, or under a classifier of words.

    The usual class would look for the decoder, too.
    """
    return config.model_type in _ENCODER_DECODERS and any(
        str(a).endswith(_ENCODER_ALONE) for a in config.architectures or ()
    )


def is_decoder(model_type: str) -> bool:
    """Whether each token sees those before it alone, so that a text is classified at its last one."""
    from transformers.models.auto import modeling_auto as known

    return (
        model_type in known.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
        and model_type not in known.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    )


def check_one_for_all_languages(model: Any, name: str) -> None:
    """Refuse a model that must be told the language of each text: adapters (X-MOD), language embeddings (XLM).

    Raises:
        XltError: such a model; its languages are named.
    """
    config = model.config
    parts = inspect.signature(model.base_model.forward).parameters
    if "lang_ids" in parts:
        languages = getattr(config, "languages", None) or ()
    elif "langs" in parts and getattr(config, "use_lang_emb", False) and getattr(config, "n_langs", 1) > 1:
        languages = getattr(config, "lang2id", None) or ("each",)
    else:
        return
    shown = ", ".join(map(str, list(languages)[:5])) + (", …" if len(languages) > 5 else "")
    raise XltError(
        f"{name} ({config.model_type}) has adapters or embeddings of its own for each language ({shown}), and xlt runs "
        "all text through one and the same model; take one that serves all languages, such as xlm-roberta-base"
    )


def token_table(model: Any) -> Any:
    """The embedding of tokens; None where a model has no table of them (CANINE hashes characters)."""
    try:
        return model.get_input_embeddings()
    except NotImplementedError:
        return None
