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
OutputFolder = Annotated[Path, typer.Option("--output", "-o", help="The folder to write.", metavar="DIR")]


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
