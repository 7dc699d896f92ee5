"""Write a model as a plain checkpoint folder that any Auto class of transformers loads."""

from pathlib import Path
from typing import Any


def save_checkpoint(model: Any, tokenizer: Any, folder: Path) -> None:
    """Config, weights as safetensors, tokenizer.

    Args:
        model: of transformers.
        tokenizer: of transformers.
        folder: is there already.
    """
    import transformers

    transformers.utils.logging.disable_progress_bar()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
