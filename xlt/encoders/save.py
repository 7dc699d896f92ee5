"""Write a model as a plain checkpoint folder that any Auto class of transformers loads."""

from pathlib import Path
from typing import Any


def save_checkpoint(model: Any, tokenizer: Any, folder: Path) -> None:
    """Config, weights as safetensors, tokenizer.

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
