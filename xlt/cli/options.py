"""Options that mean the same are declared once, here. Defaults stand with the steps that use them."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from xlt.errors import XltError

Device = Annotated[
    str,
    typer.Option(help="Where to compute: auto, cpu, cuda, cuda:N or mps.", metavar="DEVICE", show_default=True),
]
Dtype = Annotated[
    Literal["auto", "float32", "bfloat16", "float16"],
    typer.Option(help="Arithmetic of the encoder's forward pass; auto is float32."),
]
Seed = Annotated[int, typer.Option(help="Seed of every random choice.", min=0, max=2**63 - 1, metavar="N")]
BatchTokens = Annotated[
    int | None,
    typer.Option(
        help="Subwords in one forward pass, padding included.",
        metavar="N",
        min=1,
        show_default="1024 on a CPU, 16384 on a GPU",
    ),
]
MaxLength = Annotated[
    int | None,
    typer.Option(help="Longest input in subwords; never above the model's own limit.", metavar="N", min=4),
]
Overlong = Annotated[
    Literal["window", "skip", "error", "cut"],
    typer.Option(
        help="Sentences above the limit: overlapping windows, each word taken where it has most context; or leave "
        "the sentence out; or stop; or cut the end off."
    ),
]
Layers = Annotated[
    str,
    typer.Option(
        help="Layers as in hidden_states, 0 the embeddings, -1 the last: 'all', '-1', '0,4,8,-1'.",
        metavar="LAYERS",
    ),
]
Pool = Annotated[Literal["first", "last", "mean"], typer.Option(help="How the subwords of a word make one vector.")]
DropBlank = Annotated[
    bool,
    typer.Option(
        "--drop-blank-subwords",
        help="Delete a lone word-start mark (SentencePiece) from the model's input, as the code of gaschi2023 does.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing output.")]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", help="KEY=VALUE kept with the output; may be repeated.", metavar="KEY=VALUE"),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with the unfinished run of this output; begin one where there is none."),
]
TrainDtype = Annotated[
    Literal["auto", "float32", "bfloat16"],
    typer.Option(help="Arithmetic of training; bfloat16 is autocast, weights stay float32; auto is float32."),
]
LearningRate = Annotated[float | None, typer.Option("--lr", help="Learning rate.", metavar="RATE", min=0.0)]
Optimizer = Annotated[Literal["adam", "adamw"], typer.Option(help="Rule that moves the weights.")]
Schedule = Annotated[
    Literal["linear", "constant"],
    typer.Option(help="Learning rate over the steps: up and down in straight lines, or constant."),
]
Warmup = Annotated[
    float | None,
    typer.Option(
        help="Share of the steps in which a linear schedule rises.",
        metavar="SHARE",
        min=0.0,
        max=0.9,
        show_default="0.1",
    ),
]
ClipNorm = Annotated[
    float | None,
    typer.Option(help="Greatest norm of the gradients together.", metavar="X", min=1e-9, show_default="no clipping"),
]
Freeze = Annotated[
    str | None,
    typer.Option(
        help="Parts that stay as they are: encoder, embeddings, front, back, or LO:HI (layers from 1); commas join.",
        metavar="BLOCKS",
        show_default="nothing",
    ),
]
MicroBatch = Annotated[
    int | None,
    typer.Option(
        help="Sentences in one forward pass, to bound memory; loss and gradient stay those of the whole batch.",
        metavar="N",
        min=1,
        show_default="the whole batch",
    ),
]
Deterministic = Annotated[bool, typer.Option("--deterministic", help="Only kernels that repeat bit for bit (CUDA).")]
SaveMinutes = Annotated[float, typer.Option(help="Minutes between checkpoints to resume from.", metavar="MIN", min=0.0)]
SaveSteps = Annotated[
    int | None,
    typer.Option(help="Steps between checkpoints to resume from.", metavar="N", min=1, show_default="by the minutes"),
]
Loss = Annotated[
    Literal["contrastive", "l2"] | None,
    typer.Option(
        help="Realignment loss: gaschi2023 eq. 2, or cao2020 section 3.3.",
        show_default="contrastive",
    ),
]
Strength = Annotated[
    Literal["strong", "weak"] | None,
    typer.Option(
        help="Negatives of the contrastive loss: words of both languages, or of the other one only.",
        show_default="strong",
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option(help="Temperature of the contrastive loss.", metavar="T", min=1e-6, show_default="0.1"),
]
RealignLayers = Annotated[
    str | None,
    typer.Option(
        help="Layers whose realignment losses are averaged: '-1', '4,8,-1', 'all'.",
        metavar="LAYERS",
        show_default="-1",
    ),
]
RealignPool = Annotated[
    Literal["first", "last", "mean"] | None,
    typer.Option(help="How subwords make one vector.", show_default="first; with --loss l2 last"),
]
Keep = Annotated[
    Literal["src", "tgt"] | None,
    typer.Option(help="Side of the pairs whose words the L2 loss holds where they were.", show_default="src"),
]
Regularisation = Annotated[
    float | None,
    typer.Option(help="Weight of that holding (lambda of cao2020).", metavar="X", min=0.0, show_default="1.0"),
]
PairBatchSize = Annotated[
    int | None,
    typer.Option(
        help="Sentence pairs of a step.",
        metavar="N",
        min=1,
        show_default="16; with --loss l2 2 of each language pair",
    ),
]
PairMaxLength = Annotated[
    int | None,
    typer.Option(
        help="Longest sentence of the pairs in subwords; the rest is cut off.",
        metavar="N",
        min=4,
        show_default="96",
    ),
]
Task = Annotated[
    Literal["pos", "ner", "slots", "nli", "topic"],
    typer.Option(help="Parts of speech, named entities, slots, natural language inference, or topics.", metavar="TASK"),
]
Data = Annotated[
    list[str] | None,
    typer.Option(
        help="Name, or path with {lang} and {split}; or LANG=PATH, once for each language.",
        metavar="NAME|PATH",
        show_default="the task's own: ud, wikiann, xsid, xnli, sib200",
    ),
]
TaskOverlong = Annotated[
    Literal["window", "skip", "error", "cut"] | None,
    typer.Option(help="Sentences above the limit.", show_default="window for tagging, cut for texts"),
]
OutputFolder = Annotated[Path, typer.Option("--output", "-o", help="The folder to write.", metavar="DIR")]


def needed(output: Path | None) -> Path:
    """The output folder, where an option beside it makes it optional.

    Raises:
        XltError: it was not given.
    """
    if output is None:
        raise XltError("name the folder to write with -o DIR")
    return output


def parse_tags(tags: list[str] | None) -> dict[str, str]:
    """``["corpus=bible"]`` to ``{"corpus": "bible"}``.

    Raises:
        XltError: a tag without ``=``, with an empty or repeated key.
    """
    found: dict[str, str] = {}
    for tag in tags or []:
        key, equals, value = tag.partition("=")
        if not equals or not key.isidentifier():
            raise XltError(f"--tag {tag!r}: write KEY=VALUE, the key of letters, digits and underscores")
        if key in found:
            raise XltError(f"--tag {key} is given twice")
        found[key] = value
    return found
