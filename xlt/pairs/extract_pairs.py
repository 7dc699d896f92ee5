"""Step ``extract-pairs``: translated word pairs out of parallel text."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from xlt.corpora.choose import Block, Choice, chosen_blocks, parse_shard
from xlt.corpora.parallel import Corpus, moses_corpus, open_corpus, table_corpus
from xlt.corpora.resource_names import looks_like_name
from xlt.errors import XltError
from xlt.files.atomic import check_output
from xlt.files.pharaoh import pharaoh_writer
from xlt.files.provenance import Input, Record, file_sha256, make_record
from xlt.files.schemas import PAIRS
from xlt.files.tables import check_table_output, table_writer
from xlt.pairs.options import AlignOptions
from xlt.pairs.pair_batches import PairBatch, PairSource
from xlt.pairs.segment import WordRule
from xlt.work import Progress

logger = logging.getLogger(__name__)

Write = Callable[[pa.RecordBatch], None]

_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*")


@dataclass(frozen=True)
class ExtractOptions:
    """How pairs are extracted; see ``xlt extract-pairs --help`` for each."""

    corpus: str
    src: str
    tgt: str
    align: AlignOptions = field(default_factory=AlignOptions)
    split: str = "train"
    join_key: bool = False
    lowercase: bool = False
    strip_diacritics: bool = False
    pretokenized: bool = False
    tokenizer: tuple[str, ...] = ()
    keep_empty: bool = False
    limit: int | None = None
    sample: int | None = None
    hold_out: int | None = None
    shard: str | None = None
    seed: int = 42


@dataclass(frozen=True)
class Extraction:
    """What was written and the counts that belong to it."""

    output: str
    held_out: str | None
    summary: dict[str, Any]


def extract_pairs(
    options: ExtractOptions,
    output: str,
    *,
    format: Literal["parquet", "pharaoh"] = "parquet",  # noqa: A002 - named as the option
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Extraction:
    """Extract word pairs (gaschi2023, section 3.2) and write a pairs table or Pharaoh lines.

    Args:
        options: corpus, languages, how words are compared, and where the pairs come from.
        output: a path whose suffix says the format, or ``-``.
        format: ``pharaoh`` writes one ``i-j …`` line per sentence pair read, empty where nothing was found.
        force: replace an existing output.
        tags: kept in the provenance.
        workers: processes that segment and match, threads that align; the output does not depend on it.
        progress: called with the number of sentence pairs read.

    Memory: O(dictionary) or, for an encoder's vectors, O(a block), whatever the corpus (with ``join_key`` O(target
    side)); FastAlign holds the words of the corpus and a number for every two words that occur together.

    Raises:
        XltError: bad input; see the readers.
    """
    for lang in (options.src, options.tgt):
        if not _LANGUAGE.fullmatch(lang):
            raise XltError(f"'{lang}' is no language code; write letters and digits, such as en, ar, zh-Hans")
    options.align.check()
    pharaoh = format == "pharaoh"
    held_path = _held_out_path(output) if options.hold_out else None
    _check_outputs(options, [p for p in (output, held_path) if p], force, pharaoh)
    choice = Choice(
        options.limit,
        options.sample,
        options.hold_out,
        parse_shard(options.shard) if options.shard else None,
        options.seed,
    )
    rule = word_rule(options)
    rule.segmentations()
    corpus = _open_corpus(options, progress)
    text = [Input("corpus", str(f), file_sha256(f)) for f in corpus.files] or [Input("corpus", "-")]
    source = _open_source(options, rule, text, force, progress)
    taken = {Path(i.name).resolve() for i in (*text, *source.inputs) if i.name != "-"}
    for path in (output, held_path, options.align.save_priors):
        if path is None or path == "-":
            continue
        if Path(path).resolve() in taken:
            raise XltError(f"{path} is an input, or another output; it cannot be this output as well")
        taken.add(Path(path).resolve())
    record = _record(options, source, text, tags)
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        write, records = _open_outputs(
            stack, {"kept": output, "held-out": held_path}, record, force, pharaoh, source.scored
        )
        for batch in source.batches(_counted(chosen_blocks(corpus, choice), counts), workers):
            counts.update(batch.counts)
            counts["held-out word pairs"] += int(batch.links[batch.held_out].sum())
            _write_batch(batch, write, pharaoh or options.keep_empty)
            if progress:
                progress(counts["sentence pairs"], None)
        if not counts["sentence pairs"]:
            # More shards than sentences is no fault: an array of cluster jobs goes on.
            if options.shard is None:
                raise XltError(f"--corpus {options.corpus}: no sentence pair; the corpus is empty")
            logger.warning("shard %s holds no sentence pair", options.shard)
        summary = _summary(counts, corpus, source)
        if corpus.digest is not None:
            record["inputs"][0]["sha256"] = corpus.digest()
        for each in records:
            each["summary"] = summary
    return Extraction(output, held_path, summary)


def _check_outputs(options: ExtractOptions, paths: list[str], force: bool, pharaoh: bool) -> None:
    for path in paths:
        if not pharaoh:
            check_table_output(path, force)
        elif path != "-":
            check_output(Path(path), force)
    priors = options.align.save_priors
    if priors is not None:
        if priors == "-":
            raise XltError("--save-priors -: standard output is the pairs' own; name a file")
        # Its tensions stand in the record, for which the formats for people have no place.
        check_table_output(priors, force, (".parquet", ".arrow"))


def _open_corpus(options: ExtractOptions, progress: Progress | None) -> Corpus:
    if looks_like_name(options.corpus):
        from xlt.corpora.resources import resource_files

        found = resource_files(options.corpus, src=options.src, tgt=options.tgt, split=options.split, progress=progress)
        if found.sides:
            return moses_corpus(options.corpus, *found.sides)
        return table_corpus(options.corpus, found.files, found.columns["src"], found.columns["tgt"])
    if options.corpus == "-" and (options.sample or options.hold_out):
        raise XltError("--sample and --hold-out read the corpus twice, which a pipe cannot: give a file")
    return open_corpus(options.corpus, options.src, options.tgt, split=options.split, join_key=options.join_key)


def _open_source(
    options: ExtractOptions, rule: WordRule, text: list[Input], force: bool, progress: Progress | None
) -> PairSource:
    align = options.align
    if align.source == "dict":
        from xlt.pairs.dictionary import DictionaryPairs, open_dictionary

        name, split = align.dictionary or "muse", align.dict_split or "all"
        return DictionaryPairs(name, open_dictionary(name, rule, split, progress), rule, split)
    if align.source == "fastalign" and options.shard is not None and align.load_priors is None:
        raise XltError(
            "--shard: FastAlign learns from the whole text, so shards would differ: train once with --save-priors, "
            "then give --load-priors to every shard"
        )
    from xlt.pairs.linkers import open_linker
    from xlt.pairs.table import AlignedPairs

    whole = options.limit is None and options.sample is None and options.shard is None
    linker = open_linker(align, rule, text, force=force, whole=whole)
    return AlignedPairs(rule, linker, keep_many=bool(align.keep_many), keep_identical=bool(align.keep_identical))


def word_rule(options: ExtractOptions) -> WordRule:
    """How the sentences become words.

    Raises:
        XltError: a tokenizer for a language that is not here.
    """
    chosen: dict[str, str] = {}
    for item in options.tokenizer:
        lang, equals, name = item.rpartition("=")
        chosen[lang if equals else "*"] = name
    unknown = set(chosen) - {options.src, options.tgt, "*"}
    if unknown:
        raise XltError(f"--tokenizer {sorted(unknown)[0]}=…: the languages are {options.src} and {options.tgt}")
    return WordRule(options.src, options.tgt, chosen, options.lowercase, options.strip_diacritics, options.pretokenized)


def _record(options: ExtractOptions, source: PairSource, text: list[Input], tags: Mapping[str, str] | None) -> Record:
    params = {
        **source.params,
        "corpus": Path(options.corpus).name,
        "src_lang": options.src,
        "tgt_lang": options.tgt,
        "split": options.split,
        "lowercase": options.lowercase,
        "strip_diacritics": options.strip_diacritics,
        "segmentation": source.rule.names(),
        "limit": options.limit,
        "sample": options.sample,
        "hold_out": options.hold_out,
        "shard": options.shard,
        "keep_empty": options.keep_empty,
    }
    random = options.sample is not None or options.hold_out is not None
    inputs = [*text, *source.inputs]
    return make_record("extract-pairs", params=params, inputs=inputs, seed=options.seed if random else None, tags=tags)


def _counted(blocks: Iterable[Block], counts: Counter[str]) -> Iterator[Block]:
    for block in blocks:
        counts["sentence pairs"] += len(block.ids)
        counts["held-out sentence pairs"] += int(block.held_out.sum())
        yield block


def _open_outputs(
    stack: ExitStack, paths: Mapping[str, str | None], record: Record, force: bool, pharaoh: bool, scored: bool
) -> tuple[dict[str, Write], list[Record]]:
    # Part of the corpus ('kept', 'held-out') to its writer; and the records that the summary goes into.
    write: dict[str, Write] = {}
    records: list[Record] = []
    schema = PAIRS.arrow() if scored else PAIRS.arrow(without=["score"])
    for part, path in paths.items():
        if path is None:
            continue
        if pharaoh:
            write[part] = stack.enter_context(pharaoh_writer(path, force))
            continue
        own = record | {"params": record["params"] | {"part": part if paths["held-out"] else "all"}}
        writer = stack.enter_context(table_writer(path, schema, own, force))
        write[part] = writer.write
        records.append(writer.record)
    return write, records


def _write_batch(batch: PairBatch, write: dict[str, Write], all_rows: bool) -> None:
    for part, out in write.items():
        wanted = batch.held_out if part == "held-out" else ~batch.held_out
        if not all_rows:
            wanted = wanted & (batch.links > 0)
        if wanted.all():
            out(batch.table)
        elif wanted.any():
            out(batch.table.filter(pa.array(wanted)))


def _held_out_path(output: str) -> str:
    if output == "-":
        raise XltError("--hold-out writes a second file beside the output: name the output with -o FILE")
    path = Path(output)
    return str(path.with_name(f"{path.stem}.held-out{path.suffix}"))


def _summary(counts: Counter[str], corpus: Corpus, source: PairSource) -> dict[str, Any]:
    total = counts["sentence pairs"]
    summary: dict[str, Any] = {
        "sentence pairs": total,
        "with a word pair": counts["with a word pair"],
        "without": total - counts["with a word pair"],
        "of these, an empty side": counts["empty side"],
        "word pairs": counts["word pairs"],
    }
    if counts["held-out sentence pairs"]:
        summary["held-out sentence pairs"] = counts["held-out sentence pairs"]
        summary["held-out word pairs"] = counts["held-out word pairs"]
    summary |= corpus.notes
    summary |= source.summary(counts)
    if not summary["word pairs"]:
        logger.warning("no word pair was found at all")
    return summary
