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
        str | None,
        typer.Option(
            "--dict",
            help="Name, or a MUSE-format file, or a folder of SRC-TGT.txt; a reversed TGT-SRC is used as well.",
            metavar="NAME|PATH",
            show_default="muse",
        ),
    ] = None,
    dict_split: Annotated[
        Literal["all", "train", "test"] | None,
        typer.Option(
            help="train: the first 5,000 source words of the dictionary; test: the next 1,500.", show_default="all"
        ),
    ] = None,
    aligner: Annotated[
        Literal["dict", "fastalign", "awesome", "argmax", "itermax"] | None,
        typer.Option(
            help="Where word pairs come from: a dictionary; FastAlign, trained on the text itself; or the similarity "
            "of an encoder's vectors (--model).",
            show_default="dict",
        ),
    ] = None,
    links: Annotated[
        str | None,
        typer.Option(
            help="In place of an aligner: links of any other tool, a line of i-j a sentence pair.", metavar="FILE"
        ),
    ] = None,
    one_based: Annotated[
        bool | None, typer.Option("--one-based", help="The words in --links are numbered from 1.", show_default=False)
    ] = None,
    symmetrise: Annotated[
        Literal["intersect", "union", "grow-diag", "grow-diag-final", "grow-diag-final-and"] | None,
        typer.Option(help="How FastAlign's two directions become one.", show_default="grow-diag-final-and"),
    ] = None,
    save_priors: Annotated[
        str | None, typer.Option(help="Keep the model that FastAlign trains, as a table.", metavar="FILE")
    ] = None,
    load_priors: Annotated[
        str | None,
        typer.Option(help="Align with such a model instead of training one: shards, or new text.", metavar="FILE"),
    ] = None,
    chunk: Annotated[
        int | None,
        typer.Option(
            help="Sentence pairs whose co-occurrences FastAlign holds in memory at once; more go through a temporary "
            "file (TMPDIR). The result stays the same.",
            metavar="N",
            min=1,
            show_default="1000000",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Encoder of awesome, argmax and itermax: checkpoint folder or hub name.", metavar="MODEL"),
    ] = None,
    layer: Annotated[
        int | None,
        typer.Option(help="Its layer, as in hidden_states; -1 is the last.", metavar="N", show_default="8"),
    ] = None,
    pool: Annotated[
        Literal["subwords", "first", "last", "mean"] | None,
        typer.Option(
            help="What is compared: all subwords, two words being linked where any of theirs are; or a vector a word.",
            show_default="subwords",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Probability that a link of awesome must exceed in both directions.",
            metavar="P",
            min=0.0,
            max=1.0,
            show_default="0.001",
        ),
    ] = None,
    overlong: Annotated[
        Literal["window", "skip", "error", "cut"] | None,
        typer.Option(help="Sentences above the encoder's limit.", show_default="window"),
    ] = None,
    max_length: o.MaxLength = None,
    batch_tokens: o.BatchTokens = None,
    dtype: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"] | None,
        typer.Option(help="Arithmetic of the encoder's forward pass; auto is float32.", show_default="auto"),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            help="Where fastalign and encoders compute: auto, cpu, cuda, cuda:N or mps.",
            metavar="DEVICE",
            show_default="auto",
        ),
    ] = None,
    keep_many: Annotated[
        bool | None,
        typer.Option("--keep-many", help="Keep an aligner's links of words that have several.", show_default=False),
    ] = None,
    keep_identical: Annotated[
        bool | None,
        typer.Option("--keep-identical", help="Keep an aligner's links between identical words.", show_default=False),
    ] = None,
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
        bool, typer.Option("--lowercase", help="Compare words without regard to case; the file keeps them as they are.")
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
    workers: Annotated[
        int,
        typer.Option(
            help="Processes that cut and match, threads that align; the output does not depend on it.",
            metavar="N",
            min=1,
        ),
    ] = 1,
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
    from xlt.pairs.extract_pairs import ExtractOptions, extract_pairs
    from xlt.pairs.options import AlignOptions

    align = AlignOptions(
        aligner=aligner, dictionary=dictionary, dict_split=dict_split, links=links, one_based=one_based or None,
        symmetrise=symmetrise, save_priors=save_priors, load_priors=load_priors, chunk=chunk, model=model, layer=layer,
        pool=pool, threshold=threshold, overlong=overlong, max_length=max_length, batch_tokens=batch_tokens,
        dtype=dtype, device=device, keep_many=keep_many or None, keep_identical=keep_identical or None,
    )  # fmt: skip
    options = ExtractOptions(
        corpus=corpus, src=src, tgt=tgt, align=align, split=split, join_key=join_key,
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
