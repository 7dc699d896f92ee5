"""Step ``extract-pairs``: translated word pairs out of parallel text."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xlt.corpora.choose import Block, Choice, chosen_blocks, parse_shard
from xlt.corpora.dictionaries import Dictionary, DictSplit, dictionary_files, load_dictionary
from xlt.corpora.parallel import Corpus, moses_corpus, open_corpus, table_corpus
from xlt.errors import XltError
from xlt.files.atomic import check_output
from xlt.files.pharaoh import pharaoh_writer
from xlt.files.provenance import Input, Record, file_sha256, make_record
from xlt.files.schemas import PAIRS
from xlt.files.tables import check_table_output, table_writer
from xlt.steps.pair_batches import PairBatch, PairRule, pair_batches, pair_rule

logger = logging.getLogger(__name__)

Progress = Callable[[int, int | None], None]
Write = Callable[[pa.RecordBatch], None]

_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*")

# Below this share of running words in the dictionary, script, vowel signs or language are likely to be wrong.
LOW_COVERAGE = 0.25


@dataclass(frozen=True)
class ExtractOptions:
    """How pairs are extracted; see ``xlt extract-pairs --help`` for each."""

    corpus: str
    dictionary: str
    src: str
    tgt: str
    dict_split: DictSplit = "all"
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
    """Extract word pairs by a dictionary (gaschi2023, section 3.2) and write a pairs table or Pharaoh lines.

    Args:
        options: corpus, dictionary, languages and how words are compared.
        output: a path whose suffix says the format, or ``-``.
        format: ``pharaoh`` writes one ``i-j …`` line per sentence pair read, empty where nothing was found.
        force: replace an existing output.
        tags: kept in the provenance.
        workers: processes that segment and match; the output does not depend on it.
        progress: called with the number of sentence pairs read.

    Memory: O(dictionary), whatever the corpus (with ``join_key`` O(target side)).

    Raises:
        XltError: bad input; see the readers.
    """
    for lang in (options.src, options.tgt):
        if not _LANGUAGE.fullmatch(lang):
            raise XltError(f"'{lang}' is no language code; write letters and digits, such as en, ar, zh-Hans")
    pharaoh = format == "pharaoh"
    held_path = _held_out_path(output) if options.hold_out else None
    for path in filter(None, (output, held_path)):
        if not pharaoh:
            check_table_output(path, force)
        elif path != "-":
            check_output(Path(path), force)
    choice = Choice(
        options.limit,
        options.sample,
        options.hold_out,
        parse_shard(options.shard) if options.shard else None,
        options.seed,
    )
    dictionary = _open_dictionary(options, progress)
    corpus = _open_corpus(options, progress)
    if Path(output).resolve() in {f.resolve() for f in (*corpus.files, *dictionary.files)}:
        raise XltError(f"{output} is an input; it cannot be the output as well")
    rule = _rule(options, dictionary)
    record = _record(options, rule, corpus, dictionary, tags)
    counts: Counter[str] = Counter()
    seen = _Seen(np.zeros(len(rule.table.src_ids), np.bool_), np.zeros(len(rule.table.tgt_ids), np.bool_))
    with ExitStack() as stack:
        write, records = _open_outputs(stack, {"kept": output, "held-out": held_path}, record, force, pharaoh)
        for batch in pair_batches(rule, _counted(chosen_blocks(corpus, choice), counts), workers):
            counts.update(batch.counts)
            counts["held-out word pairs"] += int(batch.links[batch.held_out].sum())
            seen.src[batch.src_seen] = True
            seen.tgt[batch.tgt_seen] = True
            _write_batch(batch, write, pharaoh or options.keep_empty)
            if progress:
                progress(counts["sentence pairs"], None)
        if not counts["sentence pairs"]:
            # More shards than sentences is no fault: an array of cluster jobs goes on.
            if options.shard is None:
                raise XltError(f"--corpus {options.corpus}: no sentence pair; the corpus is empty")
            logger.warning("shard %s holds no sentence pair", options.shard)
        summary = _summary(counts, corpus, dictionary, rule, seen)
        _warn_of_low_coverage(options, summary)
        if corpus.digest is not None:
            record["inputs"][0]["sha256"] = corpus.digest()
        for each in records:
            each["summary"] = summary
    return Extraction(output, held_path, summary)


def _open_corpus(options: ExtractOptions, progress: Progress | None) -> Corpus:
    if _looks_like_name(options.corpus):
        from xlt.corpora.resources import resource_files

        found = resource_files(options.corpus, src=options.src, tgt=options.tgt, split=options.split, progress=progress)
        if found.sides:
            return moses_corpus(options.corpus, *found.sides)
        return table_corpus(options.corpus, found.files, found.columns["src"], found.columns["tgt"])
    if options.corpus == "-" and (options.sample or options.hold_out):
        raise XltError("--sample and --hold-out read the corpus twice, which a pipe cannot: give a file")
    return open_corpus(options.corpus, options.src, options.tgt, split=options.split, join_key=options.join_key)


def _open_dictionary(options: ExtractOptions, progress: Progress | None) -> Dictionary:
    if _looks_like_name(options.dictionary):
        from xlt.corpora.resources import resource_files

        found = resource_files(options.dictionary, src=options.src, tgt=options.tgt, progress=progress)
        files = (found.forward, found.backward)
    else:
        files = dictionary_files(options.dictionary, options.src, options.tgt)
    return load_dictionary(*files, options.dict_split)


def _looks_like_name(spec: str) -> bool:
    # A name out of the manifests, unless something of that name lies here: 'opus100' against './opus100' or 'a/b'.
    if not re.fullmatch(r"[A-Za-z0-9_-]+", spec) or Path(spec).exists():
        return False
    from xlt.corpora.manifests import is_known

    return is_known(spec)


def _rule(options: ExtractOptions, dictionary: Dictionary) -> PairRule:
    chosen: dict[str, str] = {}
    for item in options.tokenizer:
        lang, equals, name = item.rpartition("=")
        chosen[lang if equals else "*"] = name
    unknown = set(chosen) - {options.src, options.tgt, "*"}
    if unknown:
        raise XltError(f"--tokenizer {sorted(unknown)[0]}=…: the languages are {options.src} and {options.tgt}")
    return pair_rule(
        dictionary.entries,
        src=options.src,
        tgt=options.tgt,
        tokenizers=chosen,
        lowercase=options.lowercase,
        strip_diacritics=options.strip_diacritics,
        pretokenized=options.pretokenized,
    )


def _record(
    options: ExtractOptions,
    rule: PairRule,
    corpus: Corpus,
    dictionary: Dictionary,
    tags: Mapping[str, str] | None,
) -> Record:
    inputs = [Input("corpus", str(f), file_sha256(f)) for f in corpus.files] or [Input("corpus", "-")]
    inputs += [Input("dict", str(f), file_sha256(f)) for f in dictionary.files]
    params = {
        "aligner": "dict",
        "corpus": Path(options.corpus).name,
        "dict": Path(options.dictionary).name,
        "src_lang": options.src,
        "tgt_lang": options.tgt,
        "dict_split": options.dict_split,
        "split": options.split,
        "lowercase": options.lowercase,
        "strip_diacritics": options.strip_diacritics,
        "segmentation": rule.segmentation_names(),
        "limit": options.limit,
        "sample": options.sample,
        "hold_out": options.hold_out,
        "shard": options.shard,
        "keep_empty": options.keep_empty,
    }
    random = options.sample is not None or options.hold_out is not None
    return make_record("extract-pairs", params=params, inputs=inputs, seed=options.seed if random else None, tags=tags)


def _counted(blocks: Iterable[Block], counts: Counter[str]) -> Iterator[Block]:
    for block in blocks:
        counts["sentence pairs"] += len(block.ids)
        counts["held-out sentence pairs"] += int(block.held_out.sum())
        yield block


@dataclass(frozen=True)
class _Seen:
    # Which words of the dictionary occurred, on each side.
    src: npt.NDArray[np.bool_]
    tgt: npt.NDArray[np.bool_]


def _open_outputs(
    stack: ExitStack, paths: Mapping[str, str | None], record: Record, force: bool, pharaoh: bool
) -> tuple[dict[str, Write], list[Record]]:
    # Part of the corpus ('kept', 'held-out') to its writer; and the records that the summary goes into.
    write: dict[str, Write] = {}
    records: list[Record] = []
    for part, path in paths.items():
        if path is None:
            continue
        if pharaoh:
            write[part] = stack.enter_context(pharaoh_writer(path, force))
            continue
        own = record | {"params": record["params"] | {"part": part if paths["held-out"] else "all"}}
        writer = stack.enter_context(table_writer(path, PAIRS.arrow(without=["score"]), own, force))
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


def _summary(
    counts: Counter[str], corpus: Corpus, dictionary: Dictionary, rule: PairRule, seen: _Seen
) -> dict[str, Any]:
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
    summary["dictionary entries"] = len(rule.table.translations)
    summary["identical entries left out"] = dictionary.identical
    if dictionary.malformed:
        summary["malformed dictionary lines left out"] = dictionary.malformed
    for side, words in (("source", seen.src), ("target", seen.tgt)):
        tokens, found = counts[f"{side} words"], counts[f"{side} words found"]
        summary[f"{side} words in dictionary"] = found / tokens if tokens else 0.0
        summary[f"dictionary {side} words in corpus"] = f"{int(words.sum()):,} of {len(words):,}"
    return summary


def _warn_of_low_coverage(options: ExtractOptions, summary: dict[str, Any]) -> None:
    for side, lang in (("source", options.src), ("target", options.tgt)):
        share = summary[f"{side} words in dictionary"]
        if share < LOW_COVERAGE and options.dict_split == "all" and summary["sentence pairs"]:
            logger.warning(
                "only %.1f %% of the %s (%s) words are in the dictionary: is it of another script (traditional or "
                "simplified Chinese), spelling (--strip-diacritics, --lowercase) or language?",
                100 * share,
                side,
                lang,
            )
    if not summary["word pairs"]:
        logger.warning("no word pair was found at all")
