"""Load any encoder and its tokenizer, and write one; the only place that talks to such code of transformers."""

import hashlib
import importlib
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import torch

from xlt.encoders.device import resolve_device
from xlt.encoders.families import check_one_for_all_languages, is_decoder, is_encoder_alone, token_table
from xlt.encoders.first_run import reads_padding
from xlt.encoders.library import library_errors, sentence
from xlt.encoders.model_place import check_model, why_not_the_hub
from xlt.encoders.options import EncodeOptions
from xlt.encoders.tokens import WordTokenizer, word_tokenizer
from xlt.errors import OfflineError, XltError, how_to_install
from xlt.files.bounds import MOST_LAYERS
from xlt.files.provenance import Input, file_sha256, read_folder_record
from xlt.files.stamps import checked_folder

T = TypeVar("T")

logger = logging.getLogger(__name__)

_DTYPES = {
    "auto": torch.float32,
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
# Tokenizers without a limit of their own state a number beyond every model.
_NO_LIMIT = 1_000_000
Head = Literal["none", "tokens", "sentences", "masked"]

_AUTO = {
    "none": "AutoModel",
    "tokens": "AutoModelForTokenClassification",
    "sentences": "AutoModelForSequenceClassification",
    "masked": "AutoModelForMaskedLM",
}
_LACKS = {
    "tokens": "was not trained to tag words (it has no token classifier); xlt finetune makes one",
    "sentences": "was not trained to classify sentences (it has no sequence classifier); xlt finetune makes one",
    "masked": "has no head for masked language modelling",
}
_TOKENIZER_SETTINGS = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
# Beside a checkpoint of xlt, and no part of it.
_UNREAD = ("log.jsonl",)


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """An encoder ready to run.

    Attributes:
        name: as it was given.
        model: the transformer, in evaluation mode, on its device; with a classifier on top where one was asked for.
        tokenizer: words to subwords.
        text_tokenizer: the tokenizer of transformers, for whole texts and for saving.
        num_layers: transformer layers; hidden states are numbered 0 (embeddings) to ``num_layers``.
        dim: size of a hidden state.
        max_length: longest input in subwords, special tokens included.
        device: where the model is.
        dtype: name of the arithmetic.
        head: names of the parameters that the checkpoint did not have, or that stand on top of the transformer.
        files: SHA-256 of the files that xlt wrote beside its record, each compared with it.
        reads_padding: the output for a sentence depends on the padding behind it (FNet): batches are of one length.
    """

    name: str
    model: Any = field(repr=False)
    tokenizer: WordTokenizer = field(repr=False)
    text_tokenizer: Any = field(repr=False)
    num_layers: int
    dim: int
    max_length: int
    device: torch.device
    dtype: str
    head: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    reads_padding: bool = False

    @property
    def body(self) -> Any:
        """The transformer without a classifier."""
        return self.model.base_model

    @property
    def labels(self) -> list[str]:
        """The classifier's labels, in the order of its outputs."""
        return [str(self.model.config.id2label[i]) for i in range(self.model.config.num_labels)]


def load_encoder(
    name: str,
    *,
    head: Head = "none",
    labels: Sequence[str] | None = None,
    device: str = "auto",
    dtype: str = "auto",
    max_length: int | None = None,
    drop_blank_subwords: bool = False,
) -> Encoder:
    """Load a checkpoint folder or a model of the hub with the Auto classes of transformers.

    Args:
        name: folder or hub name.
        head: ``tokens`` or ``sentences`` puts a classifier on top (``AutoModelForTokenClassification``,
            ``AutoModelForSequenceClassification``), ``masked`` the head of masked language modelling.
        labels: of a new classifier, drawn with torch's global generator; None takes the one of the checkpoint.
        device: see :func:`resolve_device`.
        dtype: ``auto`` (float32), ``float32``, ``bfloat16`` or ``float16``.
        max_length: a limit below the model's own, in subwords.
        drop_blank_subwords: see :class:`xlt.encoders.tokens.WordTokenizer`.

    Raises:
        XltError: a folder without config, weights or tokenizer, or that is not as xlt wrote it, weights that do not
            belong to the architecture, a model that is no encoder or has parts for each language, a checkpoint without
            the classifier asked for, a device that is not there, or whatever a library raises while the model is
            loaded and first run.
        OfflineError: a hub model that is not in the cache, without network.
    """
    where = resolve_device(device)
    check_model(name)
    files = checked_folder(Path(name), _UNREAD) if Path(name).is_dir() else {}
    model, tokenizer, new = _from_pretrained(name, _DTYPES[dtype], head, labels)
    config = model.config
    if getattr(config, "is_encoder_decoder", False) and not is_encoder_alone(config):
        raise XltError(f"{name} is an encoder-decoder ({config.model_type}); xlt scores encoders")
    check_one_for_all_languages(model, name)
    num_layers, dim = getattr(config, "num_hidden_layers", None), getattr(config, "hidden_size", None)
    if not isinstance(num_layers, int) or not isinstance(dim, int):
        raise XltError(f"{name}: its config names no num_hidden_layers and hidden_size; is it a text encoder?")
    embedding = token_table(model)
    with library_errors(f"{name}: the tokenizer cannot be used"):
        limit = _limit(model, tokenizer)
        rows = getattr(embedding, "num_embeddings", None)
        words = word_tokenizer(tokenizer, name, drop_blank_subwords, rows)
    if limit <= len(words.prefix) + len(words.suffix):
        raise XltError(f"{name}: config.json or tokenizer_config.json says that it takes {limit} subwords")
    if head == "sentences" and is_decoder(config.model_type):
        # It answers at the last token that is no padding.
        config.pad_token_id = words.pad_id
    longest = min(limit, max_length or limit)
    with library_errors(f"{name} cannot be run"):
        model.to(where)
        padding = reads_padding(model, words, name, longest, dim)
    if padding:
        logger.warning("%s: what it gives depends on padding; sentences of one length are run together", name)
    logger.info("%s: %s layers of %s dimensions, on %s in %s", name, num_layers, dim, where, _DTYPES[dtype])
    return Encoder(
        name=name,
        model=model,
        tokenizer=words,
        text_tokenizer=tokenizer,
        num_layers=num_layers,
        dim=dim,
        max_length=longest,
        device=where,
        dtype=dtype,
        head=new,
        files=files,
        reads_padding=padding,
    )


def load_for(name: str, options: EncodeOptions) -> Encoder:
    """The encoder as the options want it; see :func:`load_encoder`."""
    return load_encoder(
        name,
        device=options.device,
        dtype=options.dtype,
        max_length=options.max_length,
        drop_blank_subwords=options.drop_blank_subwords,
    )


# Whoever has an encoder already gives a function that returns it in place of ``load_for``.
Load = Callable[[str, EncodeOptions], Encoder]


def _from_pretrained(
    name: str, dtype: torch.dtype, head: Head, labels: Sequence[str] | None
) -> tuple[Any, Any, frozenset[str]]:
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    why = why_not_the_hub(name)
    # A model in the cache does without.
    local = {"local_files_only": True} if why else {}
    extra: dict[str, Any] = {}
    if labels is not None:
        # A checkpoint may bring the classifier of another task: it is not read.
        extra = {
            "num_labels": len(labels),
            "id2label": dict(enumerate(labels)),
            "label2id": {label: i for i, label in enumerate(labels)},
            "ignore_mismatched_sizes": True,
        }
    config = _read(name, "config.json", lambda: _config(name, local))
    auto = _auto_class(name, config, head)
    tokenizer = _read(
        name,
        "its tokenizer (tokenizer.json, tokenizer_config.json or what stands for them)",
        lambda: transformers.AutoTokenizer.from_pretrained(name, trust_remote_code=False, **local),
    )
    model, info = _read(
        name,
        "the model",
        lambda: auto.from_pretrained(
            name, dtype=dtype, trust_remote_code=False, output_loading_info=True, **local, **extra
        ),
    )
    with library_errors(f"{name}: the weights cannot be used"):
        _check_weights(model, info, name, head, labels)
        if labels is not None and list(config.id2label.values()) != list(labels):
            _renew_head(model, auto)
        elif head in ("tokens", "sentences"):
            # A config may name fewer labels than there are.
            _ = [model.config.id2label[i] for i in range(model.config.num_labels)]
    return model.eval(), tokenizer, frozenset({*info.get("missing_keys", ()), *_on_top(model)})


def _read(name: str, what: str, read: Callable[[], T]) -> T:
    # Whatever the libraries raise while a file is read becomes one line.
    with library_errors(f"{name}: {what} cannot be loaded"):
        try:
            return read()
        except OSError as error:
            if Path(name).is_dir():
                raise
            why = why_not_the_hub(name)
            remedy = f"; where there is a network 'hf download {name} --local-dir {Path(name).name}' makes a folder"
            raise OfflineError(
                f"{name}: neither a folder here nor a model in the hub's cache, and "
                + (f"{why}{remedy}" if why else f"the hub gives none ({sentence(error)})")
            ) from error
        except Exception as error:
            # Named, not imported: neither package is needed for anything else here.
            if type(error).__name__ == "SafetensorError":
                raise XltError(f"{name}: the weights are broken or cut off: {sentence(error)}") from error
            if type(error).__name__ == "UnpicklingError":
                raise XltError(f"{name}: the weights are broken or hold more than plain tensors; not loaded") from error
            _check_sentencepiece(name, error)
            raise


def _config(name: str, local: Mapping[str, Any]) -> Any:
    import transformers

    config = transformers.AutoConfig.from_pretrained(name, trust_remote_code=False, **local)
    # Each is read later by code that would not say which file is at fault.
    if not isinstance(config.architectures or [], list):
        raise ValueError(f"architectures is {config.architectures!r}, expected a list")
    if not isinstance(config.id2label, dict):
        raise ValueError(f"id2label is {config.id2label!r}, expected names by number")
    # Layers are made one by one before the weights are looked at.
    layers = getattr(config, "num_hidden_layers", None)
    if isinstance(layers, int) and layers > MOST_LAYERS:
        raise ValueError(f"num_hidden_layers is above {MOST_LAYERS:,}")
    return config


def _check_sentencepiece(name: str, error: Exception) -> None:
    # Where the package is missing, the libraries try other kinds of tokenizer and complain about those.
    source = Path(name) if Path(name).is_dir() else _snapshot(name)
    models = sorted(p.name for p in source.glob("*.model"))
    if not models or (source / "tokenizer.json").is_file():
        return
    try:
        importlib.import_module("sentencepiece")
    except ImportError:
        text = f"{name}: its tokenizer is {models[0]}, without a tokenizer.json, and needs the package sentencepiece: "
        raise XltError(text + how_to_install("sentencepiece")) from error


def _auto_class(name: str, config: Any, head: Head) -> Any:
    import transformers

    if not is_encoder_alone(config):
        return getattr(transformers, _AUTO[head])
    if head in ("sentences", "masked"):
        raise XltError(
            f"{name} is the encoder of an encoder-decoder ({config.model_type}) alone, and transformers has no head "
            f"{'for texts' if head == 'sentences' else 'of masked language modelling'} for it; it can tag words"
        )
    return transformers.AutoModelForTextEncoding if head == "none" else getattr(transformers, _AUTO[head])


def _renew_head(model: Any, auto_class: Any) -> None:
    # The classifier of another task may have the right shape; none of its numbers may stay.
    fresh = dict(auto_class.from_config(model.config).named_parameters())
    with torch.no_grad():
        for name, parameter in _on_top(model).items():
            parameter.copy_(fresh[name])


def _on_top(model: Any) -> dict[str, Any]:
    body = {id(p) for p in model.base_model.parameters()}
    return {n: p for n, p in model.named_parameters() if id(p) not in body}


def _check_weights(model: Any, info: Any, name: str, head: Head, labels: Sequence[str] | None) -> None:
    # A pooler may be new: scores do not read it, and a classifier learns it. A transformer layer or embedding that the
    # checkpoint lacks is random.
    missing = set(info.get("missing_keys", ()))
    table = token_table(model)
    embeddings = [] if table is None else list(table.parameters())
    used = {n for n, p in model.named_parameters() if any(p is q for q in embeddings)}
    if table is None:
        used |= {n for n, _ in model.named_parameters() if "embedding" in n}
    for prefix, module in model.named_modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == model.config.num_hidden_layers:
            used |= {n for n, _ in model.named_parameters() if n.startswith(prefix + ".")}
    random = sorted(missing & used)
    if random:
        raise XltError(
            f"{name}: the weights are not of this architecture ({type(model).__name__}): {len(random)} of its tensors "
            f"are missing, such as {random[0]}"
        )
    on_top = _on_top(model).keys()
    if labels is None and missing & on_top:
        raise XltError(f"{name} {_LACKS[head]}")
    mismatched = [m for m in info.get("mismatched_keys") or () if labels is None or m[0] not in on_top]
    if mismatched:
        raise XltError(f"{name}: {len(mismatched)} tensors have another shape than config.json says")


def _limit(model: Any, tokenizer: Any) -> int:
    stated = int(min(tokenizer.model_max_length, _NO_LIMIT))
    positions = getattr(model.config, "max_position_embeddings", None)
    if not isinstance(positions, int) or positions <= 0:
        return stated
    for module in model.modules():
        if isinstance(module, torch.nn.Embedding) and module.num_embeddings == positions:
            # Where the table keeps a row for padding, positions start behind it (RoBERTa: 514 rows, 512 positions).
            return min(stated, positions if module.padding_idx is None else positions - module.padding_idx - 1)
    return min(stated, positions)


def model_input(encoder: Encoder) -> Input:
    """The model as an input of a step: its weights' and tokenizer's hashes, revision, and own record."""
    folder = Path(encoder.name)
    record = read_folder_record(folder) if folder.is_dir() else None
    source = folder if folder.is_dir() else _snapshot(encoder.name)
    facts = {
        "revision": getattr(encoder.model.config, "_commit_hash", None),
        "tokenizer_sha256": _tokenizer_sha256(source, encoder.text_tokenizer),
        "num_layers": encoder.num_layers,
    }
    return Input("model", encoder.name, _weights_sha256(source, encoder.files), record, facts)


def stated_input(name: str) -> Input:
    """A model that somebody says vectors are of, as an input: with hash and record where it lies here, not loaded.

    Args:
        name: checkpoint folder, hub name, or any other name.
    """
    folder = Path(name)
    if folder.is_dir():
        return Input("model", name, _weights_sha256(folder), read_folder_record(folder))
    try:
        return Input("model", name, _weights_sha256(_snapshot(name)))
    except (XltError, ValueError):
        # Not in the hub's cache, or no name that the hub could have.
        return Input("model", name)


def _weights_sha256(folder: Path, known: Mapping[str, str] = MappingProxyType({})) -> str | None:
    files = sorted([*folder.glob("model*.safetensors")] or [*folder.glob("pytorch_model*.bin")])
    hashes = [known.get(f.name) or _hub_sha256(f) or file_sha256(f) for f in files]
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("".join(hashes).encode()).hexdigest() if hashes else None


def _tokenizer_sha256(folder: Path, tokenizer: Any) -> str | None:
    # tokenizer.json holds all of a tokenizer; older ones lie in several files, and some in none but their settings.
    if (folder / "tokenizer.json").is_file():
        return file_sha256(folder / "tokenizer.json")
    usual = ("vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model")
    own = sorted({*map(str, tokenizer.vocab_files_names.values()), *_TOKENIZER_SETTINGS})
    for names in (usual, own):
        hashes = [file_sha256(folder / name) for name in names if (folder / name).is_file()]
        if hashes:
            return hashlib.sha256("".join(hashes).encode()).hexdigest()
    return None


def _snapshot(name: str) -> Path:
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(name, "config.json")
    if not isinstance(config, str):
        raise XltError(f"{name}: was loaded, but is not in the hub's cache")
    return Path(config).parent


def _hub_sha256(path: Path) -> str | None:
    # The hub's cache names large files by their SHA-256.
    name = path.resolve().name
    return name if path.is_symlink() and re.fullmatch(r"[0-9a-f]{64}", name) else None


def save_checkpoint(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a plain checkpoint that any Auto class of transformers loads: config, safetensors, tokenizer.

    Args:
        model: of transformers.
        tokenizer: of transformers.
        folder: is there already.

    Raises:
        OSError: the folder cannot be written to.
    """
    import transformers
    from safetensors import SafetensorError

    transformers.utils.logging.disable_progress_bar()
    try:
        model.save_pretrained(folder)
    except SafetensorError as error:
        raise OSError(f"{folder} cannot be written: {error}") from error
    tokenizer.save_pretrained(folder)
