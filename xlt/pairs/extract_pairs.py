"""Step ``extract-pairs``: translated word pairs out of parallel text."""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa

from xlt.corpora.choose import Block, Choice, chosen_blocks, parse_rows, parse_shard
from xlt.corpora.manifest_parser import Manifest
from xlt.corpora.manifests import known_name, load_manifest, splits_of, true_language
from xlt.corpora.parallel import Corpus
from xlt.errors import OptionError, XltError, check_all
from xlt.files.atomic import check_output, outputs_together
from xlt.files.bounds import LONGEST_LANGUAGE
from xlt.files.pharaoh import pharaoh_writer
from xlt.files.provenance import Input, Record, file_sha256, make_record
from xlt.files.shown import Shown
from xlt.files.table_writers import Write
from xlt.files.tables import check_table_output, table_writer
from xlt.options import params
from xlt.pairs.corpus import check_corpus, corpus_of, is_tagging, is_treebank_corpus
from xlt.pairs.options import DictOptions, ExtractOptions
from xlt.pairs.segment import WordRule
from xlt.pairs.table import PairRows, PairSource, Text, pairs_schema
from xlt.work import Progress

logger = logging.getLogger(__name__)

_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*")


@dataclass(frozen=True)
class Extraction(Shown):
    """What was written and the counts that belong to it."""

    output: str
    held_out: str | None
    summary: dict[str, Any]


def extract_pairs(
    src: str,
    tgt: str,
    options: ExtractOptions = ExtractOptions(),
    *,
    output: str | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Extraction:
    """Extract word pairs (gaschi2023, section 3.2) and write a pairs table or Pharaoh lines.

    Args:
        src, tgt: language codes.
        options: corpus, how words are compared, and where the pairs come from.
        output: a path whose suffix says the format, or ``-``; default: ``SRC-TGT.parquet`` or ``SRC-TGT.pharaoh``.
        force: replace an existing output.
        tags: kept in the provenance.
        progress: called with the number of sentence pairs read.

    Memory: O(dictionary) or, for an encoder's vectors, O(a block), whatever the corpus (with ``join_key`` O(target
    side)); FastAlign holds the words of the corpus and a number for every two words that occur together.

    Raises:
        XltError: bad input; see the readers.
    """
    asked = src, tgt
    src, tgt, options = by_true_names(src, tgt, options)
    if src == tgt:
        raise XltError(f"source and target language are both '{src}'")
    rule = word_rule(src, tgt, options)
    if is_treebank_corpus(asked, rule, options):
        rule = replace(rule, pretokenized=True)
    outputs = Outputs.of(output or f"{src}-{tgt}.{options.format}", options)
    choice = _choice(options)
    check_all(
        partial(outputs.check, force),
        rule.segmentations,
        partial(check_corpus, asked, rule, options),
        partial(_source_file(options).check_source, options.aligner, rule),
    )
    corpus = corpus_of(asked, rule, options, progress)
    rule = replace(rule, treebank=corpus.treebank)
    role = "dict" if options.aligner.entries else "corpus"
    text = Text(rule, [Input(role, str(f), file_sha256(f)) for f in corpus.files] or [Input("corpus", "-")],
                options.whole)  # fmt: skip
    source = _open_source(options, text, force, progress)
    outputs.check_distinct([*text.inputs, *source.inputs])
    record = _record(options, text, source, tags)
    counts: Counter[str] = Counter()
    # A model is whole long before the pairs: it waits.
    with outputs_together(), ExitStack() as stack:
        schema = pairs_schema(scored=source.scored, texts=rule.keep_text, tags=rule.treebank is not None)
        write, records = outputs.open(stack, record, force, schema)
        for rows in source.batches(_counted(chosen_blocks(corpus, choice), counts), options.workers):
            counts.update(rows.counts)
            counts["held-out word pairs"] += int(rows.links[rows.held_out].sum())
            counts["rows"] += len(rows.links)
            counts["held-out sentence pairs"] += int(rows.held_out.sum())
            _write_rows(rows, write, options.all_rows)
            if progress:
                progress(counts["sentence pairs"], None)
        _check_some(counts, options, corpus.name)
        summary = _summary(counts, options, corpus, source)
        for written in records:
            if corpus.digest is not None:
                written["inputs"][0]["sha256"] = corpus.digest()
            written["summary"] = summary
    return Extraction(outputs.pairs, outputs.held_out, summary)


@dataclass(frozen=True)
class Outputs:
    """The files that are written.

    Attributes:
        pairs: the pairs, or ``-``.
        held_out: those of the sentences set aside.
        model: that an aligner keeps, a table.
        pharaoh: whether pairs are lines of links, not a table.
    """

    pairs: str
    held_out: str | None
    model: str | None
    pharaoh: bool

    @classmethod
    def of(cls, output: str, options: ExtractOptions) -> "Outputs":
        """The files that some options ask for.

        Raises:
            OptionError: sentences are set aside, and there is no name for their file.
        """
        held_out = None
        if options.hold_out is not None:
            if output == "-":
                text = "writes a second file beside the output: name a file with {option}"
                raise OptionError("hold_out", text, "output")
            path = Path(output)
            held_out = str(path.with_name(f"{path.stem}.held-out{path.suffix}"))
        return cls(
            pairs=output, held_out=held_out, model=options.aligner.model_output, pharaoh=options.format == "pharaoh"
        )

    def check(self, force: bool) -> None:
        """Before anything is read: refuse what cannot be written.

        Raises:
            XltError: see :mod:`xlt.files.atomic` and :mod:`xlt.files.tables`.
        """
        for path in filter(None, (self.pairs, self.held_out)):
            if not self.pharaoh:
                check_table_output(path, force)
            elif path != "-":
                check_output(Path(path), force)
        if self.model is not None:
            # What is no column stands in its record, for which the formats for people have no place.
            check_table_output(self.model, force, (".parquet", ".arrow"))

    def check_distinct(self, inputs: Iterable[Input]) -> None:
        """Refuse a file that is to serve twice.

        Raises:
            XltError: an output is an input, or two outputs are one file.
        """
        used = {Path(i.name).resolve() for i in inputs if i.name != "-"}
        for path in filter(None, (self.pairs, self.held_out, self.model)):
            if path == "-":
                continue
            if Path(path).resolve() in used:
                raise XltError(f"{path} is an input, or another output; it cannot be this output as well")
            used.add(Path(path).resolve())

    def open(
        self, stack: ExitStack, record: Record, force: bool, schema: pa.Schema
    ) -> tuple[dict[str, Write], list[Record]]:
        """A writer of each part of the corpus ("kept", "held-out"), and the records that the summary goes into."""
        write: dict[str, Write] = {}
        records: list[Record] = []
        for part, path in (("kept", self.pairs), ("held-out", self.held_out)):
            if path is None:
                continue
            if self.pharaoh:
                write[part] = stack.enter_context(pharaoh_writer(path, force))
                continue
            own = record | {"params": record["params"] | {"part": part if self.held_out else "all"}}
            writer = stack.enter_context(table_writer(path, schema, own, force))
            write[part] = writer.write
            records.append(writer.record)
        return write, records


def word_rule(src: str, tgt: str, options: ExtractOptions) -> WordRule:
    """How the sentences become words.

    Raises:
        XltError: no language code, or a tokenizer for a language that is not here.
    """
    for lang in (src, tgt):
        if not _LANGUAGE.fullmatch(lang) or len(lang) > LONGEST_LANGUAGE:
            raise XltError(f"'{lang[:40]}' is no language code; write letters and digits, such as en, ar, zh-Hans")
    tokenizers: dict[str, str] = {}
    for item in options.tokenizer:
        lang, equals, name = item.rpartition("=")
        tokenizers[lang if equals else "*"] = name
    unknown = sorted(set(tokenizers) - {src, tgt, "*"})
    if unknown:
        raise OptionError("tokenizer", f"{unknown[0]}=…: the languages are {src} and {tgt}")
    return WordRule(
        src,
        tgt,
        tokenizers,
        lowercase=options.lowercase,
        strip_diacritics=options.strip_diacritics,
        pretokenized=options.pretokenized,
        keep_text=options.keeps_text,
        max_words=options.max_words,
        text_only=not options.aligner.links_words,
        entries=options.aligner.entries,
    )


def _choice(options: ExtractOptions) -> Choice:
    return Choice(
        limit=options.limit,
        sample=options.sample,
        hold_out=options.hold_out,
        shard=parse_shard(options.shard) if options.shard else None,
        seed=options.seed,
        rows=parse_rows(options.rows) if options.rows is not None else (None, None),
    )


def by_true_names(src: str, tgt: str, options: ExtractOptions) -> tuple[str, str, ExtractOptions]:
    """Languages, corpus, dictionary and split as they are called where they come from, whatever the spelling given.

    What is not there keeps the name that it was given: whoever looks for it says so.
    """
    corpus = None if options.aligner.entries else known_name(options.corpus)
    aligner = options.aligner
    dictionary = known_name(aligner.dictionary) if isinstance(aligner, DictOptions) else None
    if isinstance(aligner, DictOptions) and dictionary:
        options = replace(options, aligner=replace(aligner, dictionary=dictionary))
    manifests = [load_manifest(name) for name in (corpus, dictionary) if name]
    src, tgt = (_true_language(manifests, lang) for lang in (src, tgt))
    split = options.split or "train"
    if corpus and not options.split:
        with suppress(XltError):
            languages = {"lang": src} if is_tagging(manifests[0]) else {"src": src, "tgt": tgt}
            there = splits_of(manifests[0], **languages)
            if there and split not in there:
                logger.warning("%s has no split train: %s is read (--split says which)", corpus, there[0])
                split = there[0]
    return (
        src,
        tgt,
        options if options.aligner.entries else replace(options, corpus=corpus or options.corpus, split=split),
    )


def _true_language(manifests: Iterable[Manifest], lang: str) -> str:
    for manifest in manifests:
        with suppress(XltError):
            return true_language(manifest, lang)
    return lang


def _open_source(options: ExtractOptions, text: Text, force: bool, progress: Progress | None) -> PairSource:
    source: PairSource = _source_file(options).open_source(options.aligner, text, force=force, progress=progress)
    return source


def _source_file(options: ExtractOptions) -> ModuleType:
    # Loaded when it is asked for: a dictionary needs no torch.
    return import_module(f"xlt.pairs.{'entries' if options.aligner.entries else options.aligner.file}")


def _record(options: ExtractOptions, text: Text, source: PairSource, tags: Mapping[str, str] | None) -> Record:
    own = {
        **params(options),
        **source.params,
        "corpus": Path(options.corpus).name,
        "src_lang": text.rule.src,
        "tgt_lang": text.rule.tgt,
        "segmentation": text.rule.names(),
    }
    if options.aligner.entries:
        own = {name: value for name, value in own.items() if name not in ("corpus", "split")}
    drawn = options.sample is not None or options.hold_out is not None
    inputs = [*text.inputs, *source.inputs]
    return make_record("extract-pairs", params=own, inputs=inputs, seed=options.seed if drawn else None, tags=tags)


def _counted(blocks: Iterable[Block], counts: Counter[str]) -> Iterator[Block]:
    for block in blocks:
        counts["sentence pairs"] += len(block.ids)
        yield block


def _write_rows(rows: PairRows, write: Mapping[str, Write], all_rows: bool) -> None:
    for part, out in write.items():
        belongs = rows.held_out if part == "held-out" else ~rows.held_out
        if not all_rows:
            belongs = belongs & (rows.links > 0)
        if len(belongs) and belongs.all():
            out(rows.table)
        elif belongs.any():
            out(rows.table.filter(pa.array(belongs)))


def _check_some(counts: Counter[str], options: ExtractOptions, name: str) -> None:
    if counts["sentence pairs"]:
        return
    # More shards than sentences is no fault: an array of cluster jobs goes on.
    if options.shard is None:
        if options.rows is not None:
            raise OptionError("rows", f"{options.rows}: {name} has nothing there")
        raise OptionError("corpus", f"{name}: no sentence pair; the corpus is empty")
    logger.warning("shard %s holds no sentence pair", options.shard)


def _summary(counts: Counter[str], options: ExtractOptions, corpus: Corpus, source: PairSource) -> dict[str, Any]:
    if options.aligner.entries:
        summary: dict[str, Any] = {"dictionary entries": counts["sentence pairs"], "word pairs": counts["word pairs"]}
        if options.hold_out is not None:
            summary["held-out entries"] = counts["held-out sentence pairs"]
        return summary | source.summary(counts) | corpus.notes
    summary = {"sentence pairs": counts["sentence pairs"]}
    if options.max_words is not None:
        summary[f"of these, longer than {options.max_words} words, left out"] = (
            counts["sentence pairs"] - counts["rows"]
        )
    if options.aligner.links_words:
        summary |= {
            "with a word pair": counts["with a word pair"],
            "without": counts["rows"] - counts["with a word pair"],
        }
    summary["of these, an empty side"] = counts["empty side"]
    if options.aligner.links_words:
        summary["word pairs"] = counts["word pairs"]
    if counts["held-out sentence pairs"]:
        summary["held-out sentence pairs"] = counts["held-out sentence pairs"]
    if counts["held-out sentence pairs"] and options.aligner.links_words:
        summary["held-out word pairs"] = counts["held-out word pairs"]
    summary |= corpus.notes
    summary |= source.summary(counts)
    if options.aligner.links_words and not counts["word pairs"]:
        logger.warning("no word pair was found at all")
    return summary
