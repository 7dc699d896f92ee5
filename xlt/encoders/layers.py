"""Which layers: numbered as ``hidden_states``, 0 the embeddings, negative from the end."""

from xlt.errors import XltError


def parse_layers(text: str, available: list[int], num_layers: int) -> list[int]:
    """``"all"``, ``"-1"``, ``"0,4,8,-1"`` to layer numbers, ascending, each once.

    Args:
        text: what the user asked for.
        available: the layers that can be had.
        num_layers: the number of the last layer, from which negative numbers count.

    Raises:
        XltError: not a number, or a layer that is not there.
    """
    if text == "all":
        return sorted(available)
    chosen = set()
    for part in text.split(","):
        try:
            number = int(part)
        except ValueError:
            raise XltError(f"--layers {text}: write 'all' or numbers such as 0,4,-1") from None
        layer = number + num_layers + 1 if number < 0 else number
        if layer not in available:
            raise XltError(
                f"--layers {text}: there is no layer {number}; there are {', '.join(map(str, sorted(available)))} "
                f"(0 is the embedding layer, -1 is layer {num_layers})"
            )
        chosen.add(layer)
    return sorted(chosen)
