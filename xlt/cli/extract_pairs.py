"""``xlt extract-pairs``."""

from typing import Annotated, Literal

import typer

from xlt.cli import options as o


def extract_pairs(
    src: Annotated[str, typer.Argument(help="Source language code, such as en.", metavar="SRC")],
    tgt: Annotated[str, typer.Argument(help="Target language code, such as ar.", metavar="TGT")],
    corpus: Annotated[
        str,
        typer.Option(
            help="Name out of 'xlt data list', or a path: Moses prefix, two-column TSV, 'src ||| tgt' lines, wide TSV "
            "with a column per language, Parquet; may hold {src}, {tgt}, {lang}, {split}. - is standard input.",
            metavar="NAME|PATH|-",
        ),
    ] = "opus100",
    dictionary: Annotated[
        str,
        typer.Option(
            "--dict",
            help="Name, or a MUSE-format file, or a folder of SRC-TGT.txt; a reversed TGT-SRC is used as well.",
            metavar="NAME|PATH",
        ),
    ] = "muse",
    dict_split: Annotated[
        Literal["all", "train", "test"],
        typer.Option(help="train: the first 5,000 source words of the dictionary; test: the next 1,500."),
    ] = "all",
    aligner: Annotated[Literal["dict"], typer.Option(help="Where the word pairs come from.")] = "dict",
    join_key: Annotated[
        bool, typer.Option("--join-key", help="--corpus A,B are TSVs of key and sentence, joined on the key.")
    ] = False,
    split: Annotated[str, typer.Option(help="Part of a named corpus, or what {split} stands for.")] = "train",
    tokenizer: Annotated[
        list[str] | None,
        typer.Option(
            help="Tokenizer of both languages or, as LANG=NAME, of one: classes, jieba, toktok, treebank, tweet, "
            "wordpunct. Default: jieba for Chinese, classes (letters with their marks) for all others.",
            metavar="[LANG=]NAME",
        ),
    ] = None,
    pretokenized: Annotated[
        bool, typer.Option("--pretokenized", help="Tokens are separated by blanks and left exactly as they are.")
    ] = False,
    lowercase: Annotated[
        bool, typer.Option("--lowercase", help="Fold both sides for the look-up; the file keeps the words as they are.")
    ] = False,
    strip_diacritics: Annotated[
        bool,
        typer.Option(
            "--strip-diacritics",
            help="Remove Arabic vowel signs and Hebrew points from text and dictionary (with --pretokenized: for the "
            "look-up only).",
        ),
    ] = False,
    keep_empty: Annotated[
        bool, typer.Option("--keep-empty", help="Keep sentence pairs without a word pair too.")
    ] = False,
    limit: Annotated[int | None, typer.Option(help="Only the first N sentence pairs.", metavar="N", min=1)] = None,
    sample: Annotated[int | None, typer.Option(help="N random sentence pairs of these.", metavar="N", min=1)] = None,
    hold_out: Annotated[
        int | None,
        typer.Option(
            help="Set N random sentence pairs aside, in FILE.held-out.SUFFIX, to score a model trained on the others.",
            metavar="N",
            min=1,
        ),
    ] = None,
    shard: Annotated[str | None, typer.Option(help="Shard I of N, from 1.", metavar="I/N")] = None,
    seed: o.Seed = 42,
    workers: Annotated[int, typer.Option(help="Processes; the output does not depend on it.", metavar="N", min=1)] = 1,
    format: Annotated[  # noqa: A002 - the name of the option
        Literal["parquet", "pharaoh"],
        typer.Option(help="pharaoh: one line of i-j links per sentence pair, empty where nothing was found."),
    ] = "parquet",
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Output file; its suffix says the format: .parquet, .arrow, .csv, .jsonl. - is a stream on standard "
            "output. Default: SRC-TGT.parquet (SRC-TGT.pharaoh).",
            metavar="FILE|-",
            show_default=False,
        ),
    ] = None,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Find translated word pairs in parallel text."""
    from xlt.cli.console import console
    from xlt.steps.extract_pairs import ExtractOptions, extract_pairs

    del aligner  # one choice so far; scripts may already name it
    options = ExtractOptions(
        corpus=corpus, dictionary=dictionary, src=src, tgt=tgt, dict_split=dict_split, split=split, join_key=join_key,
        lowercase=lowercase, strip_diacritics=strip_diacritics, pretokenized=pretokenized,
        tokenizer=tuple(tokenizer or ()), keep_empty=keep_empty, limit=limit, sample=sample, hold_out=hold_out,
        shard=shard, seed=seed,
    )  # fmt: skip
    with console.progress("sentence pairs") as progress:
        done = extract_pairs(
            options,
            output or f"{src}-{tgt}.{format}",
            format=format,
            force=force,
            tags=o.parse_tags(tag),
            workers=workers,
            progress=progress,
        )
    console.summary(f"{src}-{tgt}", done.summary)
    for path in filter(None, (done.output, done.held_out)):
        if path != "-":
            typer.echo(path)
