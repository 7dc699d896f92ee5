"""Step ``report breakdown``: alignment scores of groups of words, from the items of scores alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from xlt.arrays import Bools, Floats, Ints
from xlt.errors import OptionError, XltError
from xlt.files.inputs import check_inputs
from xlt.files.patterns import matching_files
from xlt.files.provenance import Input, content_id, make_record
from xlt.files.rows import Row, key_of
from xlt.files.schemas import ALL_GROUPS, AVERAGE_GROUP, BREAKDOWNS
from xlt.files.shown import Shown
from xlt.files.signature import Signature
from xlt.files.tables import check_table_outputs, write_table
from xlt.options import params
from xlt.stats.bootstrap import standard_errors
from xlt.study.bins import bins_of, parse_bins, places
from xlt.study.items import ScoredItems, read_items
from xlt.study.options import BreakdownOptions
from xlt.study.word_counts import FrequencyRanks, read_ranks
from xlt.study.word_forms import length, overlap, scripts_of
from xlt.study.word_tags import KIND_OF, WordTags, read_tags

# What one table of groups is about, beside model and tags.
_SETTING = ("src_lang", "tgt_lang", "layer", "measure", "strength", "similarity", "set")
_BOTH = ("src-tgt", "tgt-src")
_SCRIPTS = ("same script", "other script", "no letters")


@dataclass(frozen=True)
class Breakdowns(Shown):
    """Rows of the table, its schema, its tags, and counts."""

    rows: list[Row]
    schema: pa.Schema
    tags: list[str]
    summary: dict[str, Any]


@dataclass(frozen=True)
class WordGroup:
    """A group of words: a tag with its kind, a bin with its ends, or a kind of pair."""

    group: str
    group_kind: str = ""
    low: float | None = None
    high: float | None = None


@dataclass
class _Words:
    # What words are grouped by, with all that it takes.
    options: BreakdownOptions
    tags: WordTags | None = None
    ranks: Mapping[str, FrequencyRanks] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)

    def signed(self) -> dict[str, str]:
        roles = dict.fromkeys(item.role for item in self.inputs)
        ids = {role: [content_id(i.record, i.sha256) for i in self.inputs if i.role == role] for role in roles}
        return {role: "+".join(of_role) for role, of_role in ids.items()}


def break_down(
    items: Sequence[str], options: BreakdownOptions, *, output: str | None = None, force: bool = False
) -> Breakdowns:
    """Scores of groups of words (cao2020, sections 5.1 to 5.3).

    Of accuracy the score of a group is the share of its queries whose translation has rank 1; of any other measure the
    mean outcome. Where both directions are there, ``mean`` is the mean of the two. The standard error resamples
    sentences, of all groups and both directions at once.

    Args:
        items: tables that ``align-score --per-item`` wrote; paths or patterns.
        options: what words are grouped by, and where that is known from.
        output: table to write (path or ``-``), or None.
        force: replace an existing output.

    Raises:
        XltError: bad input; no words, tags or counts of items; items of one setting in two files.
    """
    names = matching_files(items)
    check_table_outputs((output,), names, force)
    check_inputs(names)
    words = _words(options)
    tables = [read_items(name) for name in names]
    if not any(len(table) for table in tables):
        raise XltError("no row in the tables: there is nothing to break down")
    by_table = _groups(tables, words)
    tags = list(dict.fromkeys(tag for table in tables for tag in table.tags))
    BREAKDOWNS.check_tags(tags)
    rows: list[Row] = []
    for table, (groups, group) in zip(tables, by_table, strict=True):
        made_of = {
            "items": content_id(table.source.record, table.source.sha256), "by": options.by,
            **({"bins": options.edges} if options.edges else {}), **({"signed": ""} if options.signed else {}),
            **words.signed(),
        }  # fmt: skip
        same = {
            **table.identity, **dict.fromkeys(tags, ""), **table.tags, "key": options.by,
            "signature": str(Signature().with_parts(made_of).with_version()), "unit": "word",
            "candidates": table.candidates,
        }  # fmt: skip
        for setting, members in table.settings(_SETTING):
            depth = None if table.num_layers is None else setting["layer"] - table.num_layers - 1
            about = same | setting | {"depth": depth, "set": setting["set"] or table.subset}
            rows += [about | cells for cells in _rows(table, members, groups, group[members], options.seed)]
    _check_once(rows, tags)
    summary: dict[str, Any] = {"items": sum(len(table) for table in tables), "rows": len(rows)}
    for lang, ranks in words.ranks.items():
        if ranks.unknown:
            summary[f"{lang} words without a count"] = ranks.unknown
    schema = BREAKDOWNS.arrow(extra=tags, unusual=BREAKDOWNS.unusual(rows))
    if output is not None:
        record = make_record(
            "report breakdown", params=params(options) | {"bins": options.edges or None},
            inputs=[*(table.input for table in tables), *words.inputs], seed=options.seed,
        )  # fmt: skip
        written = [{name: row[name] for name in schema.names} for row in rows]
        write_table(output, written, schema, record | {"summary": summary}, force)
    return Breakdowns(rows=rows, schema=schema, tags=tags, summary=summary)


def _words(options: BreakdownOptions) -> _Words:
    words = _Words(options)
    if options.by == "tag":
        words.tags, words.inputs = read_tags(options.pairs, options.tags)
    if options.by == "rank-difference":
        if not options.counts and not options.counts_from:
            text = "rank-difference needs counts of words: give {option} LANG=FILE, or --counts-from PAIRS"
            raise OptionError("by", text, "counts")
        words.ranks, words.inputs = read_ranks(options.counts, options.counts_from)
    return words


def _groups(tables: Sequence[ScoredItems], words: _Words) -> list[tuple[list[WordGroup], Ints]]:
    # For each table the groups, and which of them each item is in.
    by = words.options.by
    if by == "tag":
        return [_tagged(table, words) for table in tables]
    if by == "script":
        number = {name: i for i, name in enumerate(_SCRIPTS)}
        groups = [WordGroup(name) for name in _SCRIPTS]
        of_pair = [[number[scripts_of(src, tgt)] for src, tgt in table.words()] for table in tables]
        return [(groups, np.array(own, np.int64)) for own in of_pair]
    numbers = [np.array(_numbers(table, words), np.float64) for table in tables]
    edges = parse_bins(words.options.edges, np.concatenate(numbers))
    groups = [WordGroup(one.name, "", one.low, one.high) for one in bins_of(edges)]
    return [(groups, places(own, edges)) for own in numbers]


def _tagged(table: ScoredItems, words: _Words) -> tuple[list[WordGroup], Ints]:
    assert words.tags is not None
    tags = []
    needed = ("src_lang", "tgt_lang", "sent_id", *(f"{side}_{what}" for side in ("src", "tgt") for what in _PLACED))
    columns = [table.known(name) for name in needed]
    for row, cells in enumerate(zip(*columns, table.searching(), strict=True)):
        src_lang, tgt_lang, sent_id, *placed, side = cells
        word, place = placed[:2] if side == "src" else placed[2:]
        where = f"{table.source.where}:row {table.row[row]}"
        tags.append(words.tags.tag((src_lang, tgt_lang), side, sent_id, place, word, where))
    known = list(KIND_OF)
    there = sorted(set(tags), key=lambda tag: (known.index(tag) if tag in known else len(known), tag))
    number = {tag: i for i, tag in enumerate(there)}
    return [WordGroup(tag, KIND_OF.get(tag, "")) for tag in there], np.array([number[tag] for tag in tags], np.int64)


_PLACED = ("word", "idx")


def _numbers(table: ScoredItems, words: _Words) -> list[float]:
    if words.options.by == "overlap":
        return [overlap(src, tgt) for src, tgt in table.words()]
    if words.options.by == "length":
        return [length(own[side == "tgt"]) for own, side in zip(table.words(), table.searching(), strict=True)]
    langs = list(zip(table.known("src_lang"), table.known("tgt_lang"), strict=True))
    for lang in dict.fromkeys(lang for pair in langs for lang in pair):
        if lang not in words.ranks:
            known = ", ".join(words.ranks)
            raise XltError(f"{table.source.where}: no counts of the words of {lang}; there are those of {known}")
    differences = [
        words.ranks[src_lang](src) - words.ranks[tgt_lang](tgt)
        for (src_lang, tgt_lang), (src, tgt) in zip(langs, table.words(), strict=True)
    ]
    return [float(one if words.options.signed else abs(one)) for one in differences]


def _rows(table: ScoredItems, members: Ints, groups: Sequence[WordGroup], group: Ints, seed: int) -> list[Row]:
    # One setting: all groups of each direction, and of their mean.
    directions = table.direction[members]
    there = [name for name in (*_BOTH, "both") if (directions == name).any()]
    sentences, sentence = np.unique(table.cluster[members], return_inverse=True)
    outcome = table.outcome[members]
    counts, sums = np.zeros((2, len(sentences), len(there), len(groups)))
    for d, name in enumerate(there):
        own = directions == name
        np.add.at(counts, (sentence[own], d, group[own]), 1.0)
        np.add.at(sums, (sentence[own], d, group[own]), outcome[own])
    values = _values(groups, counts.sum(axis=0) > 0)
    totals = np.concatenate((sums, counts)).reshape(2, len(sentences), -1)
    per_sentence = np.concatenate(tuple(totals), axis=1)
    value = values(per_sentence.sum(axis=0, keepdims=True))[0]
    errors = standard_errors(per_sentence, values, np.random.default_rng(seed))
    cells = _cells(groups)
    n = counts.sum(axis=0)
    rows = []
    for (direction, (cell, of_groups)), own, se in zip(product(_with_mean(there), cells), value, errors, strict=True):
        if not np.isnan(own):
            of_direction = n if direction == "mean" else n[there.index(direction) :][:1]
            number = int(of_direction[:, of_groups].sum())
            about = {"group": cell.group, "group_kind": cell.group_kind, "low": cell.low, "high": cell.high}
            rows.append(
                {
                    "direction": direction,
                    **about,
                    "n": number,
                    "value": float(own),
                    "se": None if np.isnan(se) else float(se),
                }
            )
    return rows


def _with_mean(directions: Sequence[str]) -> list[str]:
    return [*directions, "mean"] if len(directions) > 1 else list(directions)


def _cells(groups: Sequence[WordGroup]) -> list[tuple[WordGroup, list[int]]]:
    # Lines of the table with the groups that each is of: all, the groups, behind those of a kind their average.
    cells = [(WordGroup(ALL_GROUPS), list(range(len(groups))))]
    kinds = list(dict.fromkeys(group.group_kind for group in groups))
    for kind in kinds:
        own = [i for i, group in enumerate(groups) if group.group_kind == kind]
        cells += [(groups[i], [i]) for i in own]
        if kind:
            cells.append((WordGroup(AVERAGE_GROUP, kind), own))
    return cells


def _values(groups: Sequence[WordGroup], there: Bools) -> Callable[[Floats], Floats]:
    # From sums (r, directions x groups), then as many counts, to the values of all lines of all directions. ``there``
    # (directions, groups): the tags that an average is taken over are those that occur at all.
    cells = _cells(groups)
    directions = len(there)

    def line(sums: Floats, counts: Floats, cell: WordGroup, own: Sequence[int], direction: int) -> Floats:
        if cell.group != AVERAGE_GROUP:
            pooled: Floats = sums[:, direction, own].sum(axis=1) / counts[:, direction, own].sum(axis=1)
            return pooled
        own = [i for i in own if there[direction, i]]
        if not own:
            return np.full(len(sums), np.nan)
        average: Floats = (sums[:, direction, own] / counts[:, direction, own]).mean(axis=1)
        return average

    def values(totals: Floats) -> Floats:
        sums, counts = np.moveaxis(totals.reshape(len(totals), 2, directions, len(groups)), 1, 0)
        with np.errstate(invalid="ignore"):
            by_direction = np.stack(
                [[line(sums, counts, cell, own, d) for cell, own in cells] for d in range(directions)]
            )
        if directions > 1:
            by_direction = np.concatenate((by_direction, by_direction.mean(axis=0, keepdims=True)))
        return by_direction.reshape(-1, len(totals)).T

    return values


def _check_once(rows: Sequence[Row], tags: Sequence[str]) -> None:
    columns = [c.name for c in BREAKDOWNS.columns if c.name not in ("n", "value", "se", "signature")]
    seen = set()
    for row in rows:
        key = key_of(row, (*columns, *tags))
        if key in seen:
            way = f"{row['src_lang']}-{row['tgt_lang']}, layer {row['layer']}, {row['direction']}"
            raise XltError(f"{row['model']}, {way}: items of one setting stand in two files; give one of them")
        seen.add(key)
