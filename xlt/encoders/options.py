"""How words become vectors: options that every step with an encoder shares, each told once."""

from typing import Annotated, Any, ClassVar, Literal

from xlt.errors import OptionError
from xlt.options import Option, Panel, options, params

Pool = Literal["first", "last", "mean"]
Unit = Literal["word", "sentence"]
SentencePool = Literal["mean", "cls", "mean-all", "weighted", "last"]
Overlong = Literal["window", "skip", "error", "cut"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]

# Small batches stay in a processor's cache (measured: 768 to 1,536 are best); a GPU wants to be filled.
_BATCH_TOKENS_CPU = 1024
_BATCH_TOKENS_GPU = 16_384

PoolDial = Annotated[Pool, Option("How the subwords of a word make one vector.", sign="always", panel="Model")]
UnitDial = Annotated[
    Unit,
    Option(
        "What a pair is of: linked words; or whole sentences, which need no links.", defines="changed", panel="Method"
    ),
]
SentencePoolDial = Annotated[
    SentencePool,
    Option(
        "How the tokens of a sentence make one vector: mean, of its subwords; cls, the first token; mean-all, with the "
        "special tokens; weighted by position, or the last token, as is usual for decoders.",
        only={"unit": ("sentence",)},
        defines="changed",
        panel="Model",
    ),
]
OverlongDial = Annotated[
    Overlong,
    Option(
        "Sentences above the limit: overlapping windows, each word taken where it has most context; or leave the "
        "sentence out; or stop; or cut the end off.",
        sign="always",
        panel="Model",
    ),
]
MaxLengthDial = Annotated[
    int | None,
    Option(
        "Longest input in subwords; never above the model's own limit.",
        metavar="N",
        min=4,
        sign="changed",
        panel="Model",
    ),
]
DropBlankDial = Annotated[
    bool,
    Option(
        "Delete a lone word-start mark (SentencePiece) from the model's input, as the code of gaschi2023 does.",
        sign="changed",
        panel="Model",
    ),
]
DeviceDial = Annotated[
    str, Option("Where to compute: auto, cpu, cuda, cuda:N or mps.", metavar="DEVICE", defines=False, panel="Resources")
]
DtypeDial = Annotated[
    Dtype, Option("Arithmetic of the encoder's forward pass; auto is float32.", sign="changed", panel="Resources")
]
ShardDial = Annotated[str | None, Option("Shard I of N, from 1.", metavar="I/N", panel="Input")]
BatchTokensDial = Annotated[
    int | None,
    Option(
        "Subwords in one forward pass, padding included.",
        metavar="N",
        min=1,
        shown=f"{_BATCH_TOKENS_CPU} on a CPU, {_BATCH_TOKENS_GPU} on a GPU",
        defines=False,
        panel="Resources",
    ),
]


@options
class EncodeOptions:
    """How words become vectors.

    ``layers`` is resolved against the model, so that a record holds the numbers; ``device`` and ``batch_tokens`` say
    where and how quickly.
    """

    help_panel: ClassVar[Panel] = "Model"

    layers: Annotated[
        str,
        Option(
            "Layers as in hidden_states, 0 the embeddings, -1 the last: 'all', '-1', '0,4,8,-1'.",
            metavar="LAYERS",
            defines=False,
        ),
    ] = "all"
    pool: PoolDial = "first"
    overlong: OverlongDial = "window"
    max_length: MaxLengthDial = None
    drop_blank_subwords: DropBlankDial = False
    device: DeviceDial = "auto"
    dtype: DtypeDial = "auto"
    batch_tokens: BatchTokensDial = None

    def params(self) -> dict[str, Any]:
        """What defines the vectors, for the record."""
        return params(self) | {"dtype": "float32" if self.dtype == "auto" else self.dtype}


def batch_tokens_on(device: str, stated: int | None = None) -> int:
    """Subwords in a forward pass on this type of device (``cpu``, ``cuda``, ``mps``), unless a number is stated."""
    return stated or (_BATCH_TOKENS_CPU if device == "cpu" else _BATCH_TOKENS_GPU)


def parse_layers(text: str, available: list[int], num_layers: int) -> list[int]:
    """``"all"``, ``"-1"``, ``"0,4,8,-1"`` to layer numbers, ascending, each once.

    Args:
        text: what the user asked for; numbered as ``hidden_states``, 0 the embeddings, negative from the end.
        available: the layers that can be had.
        num_layers: the number of the last layer, from which negative numbers count.

    Raises:
        OptionError: not a number, or a layer that is not there.
    """
    if text == "all":
        return sorted(available)
    chosen = set()
    for part in text.split(","):
        try:
            number = int(part)
        except ValueError:
            raise OptionError("layers", f"{text}: write 'all' or numbers such as 0,4,-1") from None
        layer = number + num_layers + 1 if number < 0 else number
        if layer not in available:
            raise OptionError(
                "layers",
                f"{text}: there is no layer {number}; there are {', '.join(map(str, sorted(available)))} "
                f"(0 is the embedding layer, -1 is layer {num_layers})",
            )
        chosen.add(layer)
    return sorted(chosen)
