"""Where a model is: a folder, the hub, or its cache. Looked at before anything is read, fetched or loaded."""

from functools import partial
from pathlib import Path

from xlt.corpora.hub_answers import no_answer
from xlt.encoders.device import resolve_device
from xlt.errors import XltError, check_all
from xlt.files.places import offline_reason

_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")


def check_model(name: str) -> None:
    """Refuse what is neither a checkpoint folder nor a name that the hub may have, before anything is loaded.

    Raises:
        XltError: no such folder, or one without config, weights or tokenizer.
    """
    path = Path(name)
    if path.is_file():
        raise XltError(f"{name} is a file, and no checkpoint folder; the model comes before all other arguments")
    if not path.is_dir():
        if path.exists() or name.startswith((".", "/", "~")) or name.count("/") > 1:
            raise XltError(f"{name}: no such checkpoint folder; a model is a folder or a hub name such as org/model")
        return
    have = sorted(p.name for p in path.iterdir())
    missing = []
    if "config.json" not in have:
        missing.append("config.json")
    if not any(w in have for w in _WEIGHTS):
        missing.append("model.safetensors")
    if not any(h.startswith(("tokenizer", "vocab", "spiece", "sentencepiece")) for h in have):
        missing.append("tokenizer.json")
    if missing:
        raise XltError(f"{name}: {' and '.join(missing)} missing; the folder holds {', '.join(have) or 'nothing'}")


def check_encoder(name: str, device: str) -> None:
    """Refuse a model or a device that is not there, before anything is read, fetched or loaded.

    Raises:
        XltError: see :func:`check_model` and :func:`resolve_device`.
    """
    check_all(partial(check_model, name), partial(resolve_device, device))


def why_not_the_hub(name: str) -> str | None:
    """Why only a folder, or the hub's cache, can have a model, as a clause; None where the hub may be asked."""
    forbidden = offline_reason()
    if forbidden is not None:
        return f"{forbidden} forbids the network"
    why = None if Path(name).is_dir() else no_answer()
    return f"the hub cannot be reached ({why})" if why else None
