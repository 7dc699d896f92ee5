"""What ``extract-pairs`` and ``aer`` are asked for. Each way to find word pairs has options and defaults of its own."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from xlt.aligners.kinds import Heuristic
from xlt.corpora.kinds import DictSplit
from xlt.encoders.options import BatchTokensDial, DeviceDial, DtypeDial, MaxLengthDial, OverlongDial, Pool, ShardDial
from xlt.errors import OptionError
from xlt.options import OneOf, Option, Panel, SeedDial, dials, options


class Aligner:
    """What a way to find word pairs brings beside its dials, which are the fields of its class.

    Attributes:
        file: of this room, whose ``open_source`` takes them.
        entries: whether the entries of a dictionary are asked for, and no text.
        links_words: whether it finds word pairs at all.
        keeps_text: whether the sentences as they were stand beside their words, although nobody asks for it.
    """

    file: ClassVar[str]
    entries: bool = False
    links_words: ClassVar[bool] = True
    keeps_text: ClassVar[bool] = False

    @property
    def model_output(self) -> str | None:
        """The file of a model that it keeps, a table; None where it keeps none."""
        return None

    def check_shard(self, shard: str) -> None:
        """Of a part of the text it finds what it would find there in the whole.

        Raises:
            OptionError: it does not.
        """
        del shard


@options
class DictOptions(Aligner):
    """Words that a bilingual dictionary has as translations of each other (gaschi2023, section 3.2)."""

    help_panel: ClassVar[Panel] = "Input"
    file: ClassVar[str] = "dictionary"

    dictionary: Annotated[
        str,
        Option(
            "Name, or a MUSE-format file, or a folder of SRC-TGT.txt; a reversed TGT-SRC is used as well.",
            metavar="NAME|PATH",
            flag="dict",
            names="dictionary",
            defines=False,
        ),
    ] = "muse"
    dict_split: Annotated[
        DictSplit, Option("train: the first 5,000 source words of the dictionary; test: the next 1,500.")
    ] = "all"
    whole_entries: Annotated[
        bool,
        Option(
            "Keep whole in the text, as one word, what is an entry and would be cut: aujourd'hui, п'ять, New York (an "
            "entry of several words needs a tab between its sides).",
            only={"entries": (False,)},
            defines="changed",
            panel="Method",
        ),
    ] = False
    entries: Annotated[
        bool,
        Option(
            "The dictionary itself in place of a corpus: a row an entry of SRC-TGT, its two sides linked; an entry of "
            "several words is one.",
            defines="changed",
        ),
    ] = False
    drop_identical: Annotated[
        bool,
        Option("Of --entries, leave out those of two identical words.", only={"entries": (True,)}, defines="changed"),
    ] = False


@options
class LinkFilters(Aligner):
    """Which links become word pairs: without these options those that are one to one and of different words."""

    help_panel: ClassVar[Panel] = "Method"

    keep_many: Annotated[bool, Option("Keep an aligner's links of words that have several.", panel="Method")] = False
    keep_identical: Annotated[bool, Option("Keep an aligner's links between identical words.", panel="Method")] = False


@options
class FastAlignOptions(LinkFilters):
    """FastAlign, trained on the text itself (Dyer, Chahuneau and Smith 2013)."""

    file: ClassVar[str] = "fastalign"

    symmetrise: Annotated[Heuristic, Option("How FastAlign's two directions become one.")] = "grow-diag-final-and"
    save_priors: Annotated[
        str | None,
        Option("Keep the model that FastAlign trains, as a table.", metavar="FILE", defines=False, panel="Output"),
    ] = None
    load_priors: Annotated[
        str | None,
        Option(
            "Align with such a model instead of training one: shards, or new text.",
            metavar="FILE",
            defines=False,
            panel="Input",
        ),
    ] = None
    chunk: Annotated[
        int,
        Option(
            "Sentence pairs whose co-occurrences FastAlign holds in memory at once; more go through a temporary file "
            "(TMPDIR). The result stays the same.",
            metavar="N",
            min=1,
            defines=False,
            panel="Resources",
        ),
    ] = 1_000_000
    device: DeviceDial = "auto"

    def __post_init__(self) -> None:
        if self.load_priors is not None and self.save_priors is not None:
            raise OptionError(
                "load_priors", "aligns with a model that is there already, {option} keeps one: give one", "save_priors"
            )
        if self.save_priors == "-":
            raise OptionError("save_priors", "-: standard output is the pairs' own; name a file")

    @property
    def model_output(self) -> str | None:
        """The priors, where they are kept."""
        return self.save_priors

    def check_shard(self, shard: str) -> None:
        """The model is there already.

        Raises:
            OptionError: it is to be learned, from a part of the text.
        """
        if self.load_priors is None:
            raise OptionError(
                "shard",
                "{value}: FastAlign learns from the whole text, so shards would differ: train once with {option}, then "
                "give {load_priors} to every shard",
                "save_priors",
                shard,
            )


@options
class VectorOptions(LinkFilters):
    """Links by the similarity of an encoder's vectors.

    Attributes:
        rule: the function that links, ``module:name``, an :data:`xlt.aligners.similarity.Rule`; it takes the dials that
            its class has beside these by their names. Told by its name, because options are read without loading torch.
        cosine: whether it is of cosines; else of inner products.
    """

    help_panel: ClassVar[Panel] = "Model"
    file: ClassVar[str] = "similarity"
    rule: ClassVar[str]
    cosine: ClassVar[bool] = True

    model: Annotated[
        str,
        Option(
            "Encoder of awesome, argmax and itermax: checkpoint folder or hub name.", metavar="MODEL", defines=False
        ),
    ]
    # The layer that aligns best in multilingual BERT (Dou and Neubig 2021, section 4.3; SimAlign, figure 2).
    layer: Annotated[int, Option("Its layer, as in hidden_states; -1 is the last.", metavar="N")] = 8
    pool: Annotated[
        Literal["subwords", Pool],
        Option("What is compared: all subwords, two words being linked where any of theirs are; or a vector a word."),
    ] = "subwords"
    overlong: OverlongDial = "window"
    max_length: MaxLengthDial = None
    batch_tokens: BatchTokensDial = None
    dtype: DtypeDial = "auto"
    device: DeviceDial = "auto"

    @property
    def rule_dials(self) -> dict[str, Any]:
        """What the rule takes."""
        shared = {dial.name for dial in dials(VectorOptions)}
        return {dial.name: getattr(self, dial.name) for dial in dials(type(self)) if dial.name not in shared}


@options
class AwesomeOptions(VectorOptions):
    """AWESOME (Dou and Neubig 2021): a softmax over either side."""

    rule: ClassVar[str] = "xlt.aligners.similarity:awesome"
    cosine: ClassVar[bool] = False

    threshold: Annotated[
        float,
        Option(
            "Probability that a link of awesome must exceed in both directions.",
            metavar="P",
            min=0.0,
            max=1.0,
            panel="Method",
        ),
    ] = 0.001


@options
class ArgmaxOptions(VectorOptions):
    """SimAlign's argmax (Jalili Sabet et al. 2020): each the other's most similar."""

    rule: ClassVar[str] = "xlt.aligners.similarity:argmax"


@options
class ItermaxOptions(VectorOptions):
    """SimAlign's itermax: argmax, and once more on what is left."""

    rule: ClassVar[str] = "xlt.aligners.similarity:itermax"


@options
class LinksOptions(LinkFilters):
    """Links that another tool has found."""

    help_panel: ClassVar[Panel] = "Input"
    file: ClassVar[str] = "link_file"

    links: Annotated[
        str,
        Option("In place of an aligner: links of any other tool, a line of i-j a sentence pair.", metavar="FILE"),
    ]
    one_based: Annotated[bool, Option("The words in --links are numbered from 1.")] = False


@options
class NoAligner(Aligner):
    """No word pairs: every sentence pair as it is, of any language."""

    file: ClassVar[str] = "unaligned"
    links_words: ClassVar[bool] = False
    keeps_text: ClassVar[bool] = True


ALIGNERS: Mapping[str, type[Aligner]] = {
    "dict": DictOptions,
    "fastalign": FastAlignOptions,
    "awesome": AwesomeOptions,
    "argmax": ArgmaxOptions,
    "itermax": ItermaxOptions,
    "none": NoAligner,
}


# What is of no concern to the entries of a dictionary.
_OF_TEXT = {
    "corpus", "join_key", "split", "tokenizer", "pretokenized", "lowercase", "keep_empty", "keep_text", "max_words",
    "format",
}  # fmt: skip


@options
class ExtractOptions:
    """Which text, how it is cut into words and compared, and where word pairs come from."""

    help_panel: ClassVar[Panel] = "Input"

    corpus: Annotated[
        str,
        Option(
            "Name out of 'xlt data list', or a path: Moses prefix, two-column TSV, 'src ||| tgt' lines, wide TSV with "
            "a column per language, Parquet; may hold {src}, {tgt}, {lang}, {split}. - is standard input.",
            metavar="NAME|PATH|-",
            names="corpus",
            defines=False,
        ),
    ] = "opus100"
    aligner: Annotated[
        Aligner,
        OneOf(
            ALIGNERS,
            "Where word pairs come from: a dictionary; FastAlign, trained on the text itself; or the similarity of an "
            "encoder's vectors (--model). none: every sentence pair with its text and without word pairs; a language "
            "without segmenter has no words then.",
            instead={"links": LinksOptions},
            panel="Method",
        ),
    ] = DictOptions()
    join_key: Annotated[
        bool, Option("--corpus A,B are TSVs of key and sentence, joined on the key.", defines=False)
    ] = False
    split: Annotated[
        str | None,
        Option(
            "Part of a named corpus, or what {split} stands for.",
            metavar="SPLIT",
            shown="train; of a named corpus without it the first that it has",
        ),
    ] = None
    tokenizer: Annotated[
        tuple[str, ...],
        Option(
            "Tokenizer of both languages or, as LANG=NAME, of one: classes, jieba, toktok, treebank, tweet, wordpunct. "
            "Default: jieba for Chinese, classes (letters with their marks) for all others.",
            metavar="[LANG=]NAME",
            defines=False,
            panel="Method",
        ),
    ] = ()
    pretokenized: Annotated[
        bool, Option("Tokens are separated by blanks and left exactly as they are.", defines=False, panel="Method")
    ] = False
    lowercase: Annotated[
        bool, Option("Compare words without regard to case; the file keeps them as they are.", panel="Method")
    ] = False
    strip_diacritics: Annotated[
        bool,
        Option(
            "Remove Arabic vowel signs and Hebrew points from text and dictionary (with --pretokenized: for the "
            "look-up only).",
            panel="Method",
        ),
    ] = False
    keep_empty: Annotated[bool, Option("Keep sentence pairs without a word pair too.", panel="Output")] = False
    keep_text: Annotated[
        bool,
        Option(
            "Keep the sentences as they were, too: align-score --unit sentence then reads running text, not words.",
            defines="changed",
            panel="Output",
        ),
    ] = False
    rows: Annotated[
        str | None,
        Option(
            "Only the sentence pairs A:B of the corpus, before all else: a slice as Python has it, with a minus from "
            "the end (-1024: takes the last 1,024).",
            metavar="A:B",
            defines="changed",
        ),
    ] = None
    max_words: Annotated[
        int | None,
        Option(
            "Leave out sentence pairs of which a side is longer; --limit, --sample and --hold-out count them.",
            metavar="N",
            min=1,
            defines="changed",
        ),
    ] = None
    limit: Annotated[int | None, Option("Only the first N sentence pairs.", metavar="N", min=1)] = None
    sample: Annotated[int | None, Option("N random sentence pairs of these.", metavar="N", min=1)] = None
    hold_out: Annotated[
        int | None,
        Option(
            "Set N random sentence pairs aside, in FILE.held-out.SUFFIX, to score a model trained on the others.",
            metavar="N",
            min=1,
        ),
    ] = None
    shard: ShardDial = None
    seed: SeedDial = 42
    workers: Annotated[
        int,
        Option(
            "Processes that cut and match, threads that align; the output does not depend on it.",
            metavar="N",
            min=1,
            defines=False,
            panel="Resources",
        ),
    ] = 1
    format: Annotated[
        Literal["parquet", "pharaoh"],
        Option(
            "pharaoh: one line of i-j links per sentence pair, empty where nothing was found.",
            defines=False,
            panel="Output",
        ),
    ] = "parquet"

    def __post_init__(self) -> None:
        for dial in dials(ExtractOptions) if self.aligner.entries else ():
            if dial.name in _OF_TEXT and getattr(self, dial.name) != dial.default:
                raise OptionError(dial.name, "has no effect with {option}: words of a dictionary, no text", "entries")
        if self.shard is not None:
            self.aligner.check_shard(self.shard)
        if self.corpus == "-" and (self.sample or self.hold_out):
            option = "sample" if self.sample else "hold_out"
            raise OptionError(option, "reads the corpus twice, which a pipe cannot: give a file as {option}", "corpus")
        if self.corpus == "-" and self.rows is not None and "-" in self.rows:
            text = "{value} counts from the end, which a pipe does not tell: give a file as {option}"
            raise OptionError("rows", text, "corpus", self.rows)
        if self.pretokenized and isinstance(self.aligner, DictOptions) and self.aligner.whole_entries:
            raise OptionError(
                "whole_entries", "has no effect with {option}, which leaves tokens as they are", "pretokenized"
            )
        if not self.aligner.links_words and self.lowercase:
            raise OptionError("lowercase", "has no effect with {option} none, which compares no words", "aligner")
        if not self.aligner.links_words and self.format != "parquet":
            text = "{value} has lines of links, and {option} none finds none"
            raise OptionError("format", text, "aligner", self.format)
        if self.max_words is not None and self.format != "parquet":
            text = "leaves sentence pairs out, which {option} {value} would lack a line for"
            raise OptionError("max_words", text, "format", self.format)
        if self.keep_text and self.pretokenized:
            raise OptionError("keep_text", "has no effect with {option}: the tokens are all there is", "pretokenized")
        if self.keep_text and self.format != "parquet":
            raise OptionError("keep_text", "has no effect with {option} {value}, lines of links", "format", self.format)

    @property
    def keeps_text(self) -> bool:
        """Whether the sentences as they were stand beside their words: not where these came cut already."""
        return self.keep_text or (self.aligner.keeps_text and not self.pretokenized)

    @property
    def whole(self) -> bool:
        """Whether every sentence pair of the corpus is read, and none left out."""
        return all(part is None for part in (self.rows, self.max_words, self.limit, self.sample, self.shard))

    @property
    def all_rows(self) -> bool:
        """Whether sentence pairs without a word pair stand in the output, too."""
        return self.keep_empty or self.format == "pharaoh" or not self.aligner.links_words


@options
class AerOptions:
    """How links are held against gold links."""

    help_panel: ClassVar[Panel] = "Method"

    one_based: Annotated[bool, Option("GOLD is numbered from 1.", panel="Input")] = False
    resamples: Annotated[int, Option("Bootstrap samples of sentences for the 95 % intervals.", metavar="N", min=0)] = (
        1000
    )
    seed: SeedDial = 42
