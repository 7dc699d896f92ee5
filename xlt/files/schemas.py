"""The tables that the steps exchange: columns, types, meaning. ``docs/files.md`` is made from this."""

from dataclasses import replace

import pyarrow as pa

from xlt.files.schema import Column, Schema

# The columns of the lines themselves, which most tables are without.
TEXTS, TAGS = ("src_text", "tgt_text"), ("src_tags", "tgt_tags")
_TAGS = "part of speech of each {} word, where the words are tagged; null for a word that no window held"
_TEXT = "the {} line before it was cut into words, where it was kept"
_GRADE = "how near the sides are in meaning, from -1 to 1, where somebody says (align-score --measure graded)"

PAIRS = Schema(
    "pairs",
    "Translated word pairs: a row a sentence pair, in corpus order.",
    (
        Column("sent_id", "int64", "0-based number of the sentence pair in the corpus", nulls="none"),
        Column("src_lang", "string", "language code of the source side", nulls="none"),
        Column("tgt_lang", "string", "language code of the target side", nulls="none"),
        Column("src_tokens", "list<string>", "words of the source sentence", nulls="none"),
        Column("tgt_tokens", "list<string>", "words of the target sentence", nulls="none"),
        Column(
            "src_idx", "list<int32>", "word pair k is src_tokens[src_idx[k]] ~ tgt_tokens[tgt_idx[k]]", nulls="none"
        ),
        Column("tgt_idx", "list<int32>", "parallel to src_idx; ascending by src_idx, then tgt_idx", nulls="none"),
        Column(
            "score", "list<double>", "how sure the aligner is of each link, from 0 to 1, where it knows", required=False
        ),
        Column("src_text", "string", _TEXT.format("source"), required=False, usual=""),
        Column("tgt_text", "string", _TEXT.format("target"), required=False, usual=""),
        Column("src_tags", "list<string>", _TAGS.format("source"), required=False, usual=""),
        Column("tgt_tags", "list<string>", _TAGS.format("target"), required=False, usual=""),
        Column("grade", "double", f"{_GRADE}; of all word pairs of the row", required=False, usual=""),
    ),
)

# What a pair is of.
UNIT = "unit"
_UNIT = "what a pair is of: word or sentence; absent where all are of words"
_UNITS = ("word", "sentence")

PRIORS = Schema(
    "priors",
    "A trained FastAlign model: a row a pair of words that occurred together. The tensions stand in the record.",
    (
        Column("src_word", "string", "source word; null for the null word, which target words take"),
        Column("tgt_word", "string", "target word; null for the null word, which source words take"),
        Column("forward", "double", "t(target word | source word); null where there is no target word"),
        Column("backward", "double", "t(source word | target word); null where there is no source word"),
    ),
)

WORDS = Schema(
    "words",
    "What each row of src.npy and tgt.npy in a folder of embeddings is.",
    (
        Column("sent_id", "int64", "sentence pair that the word pair comes from", required=False, minor=True),
        Column("src_lang", "string", "language code of the source side", required=False),
        Column("tgt_lang", "string", "language code of the target side", required=False),
        Column("src_word", "string", "source word", required=False),
        Column("tgt_word", "string", "target word", required=False),
        Column("src_idx", "int32", "position of the source word in its sentence", required=False, minor=True),
        Column("tgt_idx", "int32", "position of the target word in its sentence", required=False, minor=True),
        Column(UNIT, "string", _UNIT, required=False, values=_UNITS, usual="word"),
        Column("src_text", "string", "source sentence, where a pair is of sentences", required=False, usual=""),
        Column("tgt_text", "string", "target sentence, where a pair is of sentences", required=False, usual=""),
        Column("grade", "double", _GRADE, required=False, usual=""),
    ),
)

_IDENTITY = (
    Column("model", "string", "the model as it was named on the command line"),
    Column("base_model", "string", "the model that all training started from", minor=True),
    Column("recipe", "string", "what was done to it, such as realign(contrastive,strong,dict)+finetune(pos)"),
    Column("task", "string", "the task it was fine-tuned on; empty for none"),
    Column("seed", "int64", "seed of the last training step; null for a bare model"),
    Column("weights", "string", "SHA-256 of the weights; null for vectors made elsewhere", minor=True),
)

# What tells scores apart beside model, languages and layer. Of a measure to which the side makes no difference, that
# searches nothing, or compares by no similarity, the value says so: such a row lacks nothing.
_DIRECTIONS = ("src-tgt", "tgt-src", "both", "mean")
_STRENGTHS, _SIMILARITIES = ("weak", "strong", ""), ("cosine", "csls", "")
_SIDE = (
    "src-tgt: a source word searches its translation; tgt-src: the reverse; mean: mean of the two; both: no side does"
)
_WHERE = "weak: candidates of the other language; strong: of both languages; empty: nothing is searched"
_MEASURE = (
    "what is measured, a name of align-score --measure; accuracy: share of words whose nearest neighbour is their "
    "translation"
)
_MEASURED = (
    Column("direction", "string", _SIDE, values=_DIRECTIONS),
    Column("measure", "string", _MEASURE),
    Column("strength", "string", _WHERE, values=_STRENGTHS),
    Column("similarity", "string", "cosine or csls; empty: none", values=_SIMILARITIES),
)
_CANDIDATES = (
    "what is searched: pairs, the words of the pairs drawn; corpus, all words; types, one word of each form; "
    "absent where all search pairs"
)
_SET = (
    "which part of the pairs, parameter or part of the measure, such as unseen or eps=0.1; over layers mean or max; "
    "absent where there is none"
)
_OTHERWISE = (
    Column(UNIT, "string", _UNIT, required=False, values=_UNITS, usual="word"),
    Column("candidates", "string", _CANDIDATES, required=False, values=("pairs", "corpus", "types"), usual="pairs"),
    Column("set", "string", _SET, required=False, usual=""),
)
MEASURED = tuple(column.name for column in (*_MEASURED, *_OTHERWISE))
# Of these, what a score is a score of: numbers of several are not to be compared, whatever the table.
WAYS = ("measure", "similarity", *(column.name for column in _OTHERWISE))

SCORES = Schema(
    "scores",
    "Alignment scores, tidy: a row a measurement.",
    (
        *_IDENTITY,
        Column("src_lang", "string", "language code of the source side"),
        Column("tgt_lang", "string", "language code of the target side"),
        Column("layer", "int32", "layer, numbered as hidden_states: 0 is the embedding layer; null over all layers"),
        Column("depth", "int32", "layer counted from the end: -1 is the last; null over all layers", minor=True),
        *_MEASURED,
        *_OTHERWISE,
        Column("n", "int64", "pairs scored"),
        Column("value", "double", "the score; accuracy is a fraction of n; null where the measure is not defined"),
        Column("se", "double", "standard error of value, resampling sentences; null where it has none"),
        Column("signature", "string", "everything that defines the number", minor=True),
    ),
    tags=True,
)

_FOUND = (
    Column("found_lang", "string", "language of the word that was found", required=False),
    Column("found_sent_id", "int64", "its sentence pair", required=False),
    Column(
        "found_word",
        "string",
        "the word, where every word of a corpus is searched",
        required=False,
    ),
    Column("found_idx", "int32", "its position in the sentence", required=False),
)
FOUND = tuple(column.name for column in _FOUND)

ITEMS = Schema(
    "items",
    "What align-score --per-item writes: a row a pair, layer, direction, measure, strength and similarity.",
    (
        Column("src_lang", "string", "language code of the source side"),
        Column("tgt_lang", "string", "language code of the target side"),
        Column("row", "int64", "row of the pair among the pairs given: in an embeddings folder, the row of the NPY"),
        Column("sent_id", "int64", "sentence pair; null where unknown", minor=True),
        Column("src_word", "string", "source word; null where unknown"),
        Column("tgt_word", "string", "target word; null where unknown"),
        Column("src_idx", "int32", "position of the source word; null where unknown", minor=True),
        Column("tgt_idx", "int32", "position of the target word; null where unknown", minor=True),
        Column("layer", "int32", "layer, numbered as hidden_states"),
        _MEASURED[0],
        replace(_MEASURED[1], doc="absent where all rows are of accuracy", required=False, usual="accuracy"),
        *_MEASURED[2:],
        replace(_OTHERWISE[2], doc="parameter of the measure, such as eps=0.1; absent where there is none"),
        Column("rank", "int64", "rank of the right candidate, 1 for a hit"),
        Column("right", "double", "similarity of the right candidate"),
        Column("best_wrong", "double", "similarity of the best wrong candidate; null where there is none"),
        Column("outcome", "double", "what the measure says of it; absent where all are of accuracy", required=False),
        *_FOUND,
    ),
)

# What stands in ``group`` for all queries, and for the mean over the tags of a kind.
ALL_GROUPS, AVERAGE_GROUP = "ALL", "average"

BREAKDOWNS = Schema(
    "breakdowns",
    "What report breakdown writes: scores of groups of word pairs, tidy: a row a group.",
    (
        *SCORES.columns[: SCORES.place_of("n")],
        Column("key", "string", "what words are grouped by: tag, rank-difference, overlap, script, length"),
        Column(
            "group",
            "string",
            f"tag, bin or kind; {ALL_GROUPS}: every query; {AVERAGE_GROUP}: the mean of the tags of a kind, each alike",
        ),
        Column("group_kind", "string", "of tags overlap, closed or open, as in cao2020; empty for others"),
        Column("low", "double", "lower end of a bin, which it holds; null where there is none"),
        Column("high", "double", "upper end of a bin, which it does not hold; null where there is none"),
        Column("n", "int64", "queries in the group; of the mean of both directions those of both"),
        *SCORES.columns[SCORES.place_of("value") :],
    ),
    tags=True,
)

RESULTS = Schema(
    "results",
    "What a model does on its task, tidy: a row a language, split and metric.",
    (
        *_IDENTITY,
        Column("train_lang", "string", "languages it was fine-tuned on, joined by +; empty where unknown"),
        Column("lang", "string", "language code of the data"),
        Column("split", "string", "train, dev or test"),
        Column("metric", "string", "accuracy, macro_f1, or of spans f1, precision, recall"),
        Column("value", "double", "the metric, from 0 to 1"),
        Column("n", "int64", "words, or texts, that were scored"),
        Column("n_truncated", "int64", "sentences of which the model did not see every part", minor=True),
        Column("ci_low", "double", "lower end of the 95 % interval, resampling sentences"),
        Column("ci_high", "double", "upper end of the interval"),
        Column("signature", "string", "everything that defines the number", minor=True),
    ),
    tags=True,
)

PREDICTIONS = Schema(
    "predictions",
    "What eval --predictions writes and eval --from scores: a row a sentence.",
    (
        Column(
            "sent_id", "int64", "0-based number of the sentence in the data of its language and split", nulls="none"
        ),
        Column("lang", "string", "language code of the data", nulls="none"),
        Column("split", "string", "train, dev or test", nulls="none"),
        Column("words", "list<string>", "the words of a tagged sentence", required=False),
        Column("first", "string", "the text, or the premise, of a classified one", required=False),
        Column("second", "string", "the hypothesis, where there is one", required=False),
        Column("gold", "list<string>", "gold labels: one a word, or one for the text", nulls="none"),
        Column(
            "predicted",
            "list<string>",
            "as many predicted labels; null for a word that no window held",
            nulls="entries",
        ),
        Column("truncated", "int64", "words, or of texts subwords, that the model did not see", required=False),
    ),
)

POINTS = Schema(
    "points",
    "What correlate --points writes, alignment and transfer joined: a row a score and the result that it belongs to.",
    (
        Column("model", "string", "the model that all training started from: what scores and results call base_model"),
        Column("recipe", "string", "what was done to it until it was evaluated"),
        Column("task", "string", "the task it was fine-tuned on"),
        Column("seed", "int64", "seed of the last training step"),
        Column("checkpoint", "string", "the evaluated model as it was named on the command line", minor=True),
        Column("weights", "string", "SHA-256 of the evaluated weights; null where unknown", minor=True),
        Column("train_lang", "string", "language it was fine-tuned on; source of the word pairs"),
        Column("lang", "string", "language it was evaluated on; target of the word pairs"),
        Column("split", "string", "train, dev or test"),
        Column("metric", "string", "accuracy, f1, ..."),
        Column("stage", "string", "after: the evaluated model itself was scored; before: one that it was made from"),
        Column("scored", "string", "recipe of the model that was scored; empty for a bare one"),
        Column("layer", "int32", "layer scored, 0 the embedding layer"),
        Column("depth", "int32", "layer counted from the end: -1 is the last", minor=True),
        replace(
            _MEASURED[0],
            doc="src-tgt: from the training language; tgt-src: to it; mean: of both; both: no side searches",
        ),
        *_MEASURED[1:],
        *_OTHERWISE,
        Column("pairs", "int64", "pairs scored"),
        Column("alignment", "double", "the score"),
        Column("source", "double", "the metric on the training language"),
        Column("target", "double", "the metric on the other language"),
        Column("ctl", "double", "cross-lingual transfer, (target - source) / source"),
        Column("score_signature", "string", "everything that defines the score", minor=True),
        Column("result_signature", "string", "everything that defines the metric", minor=True),
    ),
    tags=True,
)

_CORRELATED = (
    Column("n", "int64", "points"),
    Column("method", "string", "spearman, pearson or kendall (tau-b)"),
)
_TESTED = (
    Column("p", "double", "two-sided p-value: of independent points; of clusters that of the interval"),
    Column("p_adjusted", "double", "the same for all rows together, with --adjust", required=False),
    Column("ci_low", "double", "lower end of the 95 % bootstrap interval"),
    Column("ci_high", "double", "upper end of the interval"),
    Column("note", "string", "why a cell is empty, and what else to know"),
    Column("signature", "string", "everything that defines the numbers", minor=True),
)

CORRELATIONS = Schema(
    "correlations",
    "What correlate writes: a row a group of points.",
    (*_CORRELATED, Column("rho", "double", "the coefficient"), *_TESTED),
    keys="the columns of --by (by_method for a tag method)",
)

DIFFERENCES = Schema(
    "differences",
    "What correlate --difference writes: two correlations over the same points, a row a group.",
    (
        Column("contrast", "string", "what is compared, such as strength: strong minus weak"),
        *_CORRELATED,
        Column("rho_first", "double", "coefficient of the first"),
        Column("rho_second", "double", "coefficient of the second"),
        Column("difference", "double", "first less second"),
        replace(_TESTED[0], doc="two-sided p-value of no difference, that of the interval"),
        *_TESTED[1:],
    ),
    keys="the columns of --by but the one compared",
)

CHANGES = Schema(
    "changes",
    "What report change writes: relative change of alignment in training, a row a setting, over its seeds.",
    (
        Column("model", "string", "the model that all training started from"),
        Column("recipe", "string", "what was done to it until it was scored after"),
        Column("since", "string", "recipe of the model that was scored before; empty for a bare one"),
        Column("task", "string", "the task it was fine-tuned on; empty for none"),
        Column("src_lang", "string", "language code of the source side"),
        Column("tgt_lang", "string", "language code of the target side"),
        Column("layer", "int32", "layer scored, 0 the embedding layer"),
        Column("depth", "int32", "layer counted from the end: -1 is the last", minor=True),
        *_MEASURED,
        *_OTHERWISE,
        Column("seeds", "int64", "seeds of which there is a score before and after"),
        Column("before", "double", "mean score before"),
        Column("after", "double", "mean score after"),
        Column("after_sd", "double", "standard deviation of the score after over the seeds"),
        Column("change", "double", "mean of (after - before) / before"),
        Column("change_sd", "double", "its standard deviation over the seeds"),
        Column("difference", "double", "mean of after - before, with --absolute", required=False),
        Column("difference_sd", "double", "its standard deviation over the seeds", required=False),
        Column("note", "string", "why a cell is empty"),
    ),
    tags=True,
)

# What one table of comparisons is about, and what stands in ``lang`` for the mean over languages.
COMPARISON_GROUP = ("task", "train_lang", "split", "metric")
AVERAGE = "average"

COMPARISONS = Schema(
    "comparisons",
    "What report transfer writes: methods against a baseline, a row a model, method and language, over the seeds.",
    (
        Column("task", "string", "the task that models were fine-tuned on"),
        Column("train_lang", "string", "languages of fine-tuning, joined by +"),
        Column("split", "string", "train, dev or test"),
        Column("metric", "string", "accuracy, f1, ..."),
        Column("model", "string", "the model that all training started from"),
        Column("method", "string", "recipe without the task's name, or the columns of --method"),
        Column(
            "lang",
            "string",
            "language evaluated on; average: the mean over those not trained on, average G: of a group",
        ),
        Column("seeds", "int64", "seeds that mean and deviation are taken over"),
        Column("mean", "double", "mean of the metric"),
        Column("sd", "double", "standard deviation over the seeds"),
        Column("baseline", "string", "the method that others are compared with"),
        Column("pairs", "int64", "seeds that method and baseline have in common"),
        Column("difference", "double", "mean difference to the baseline over these seeds"),
        Column("ci_low", "double", "lower end of its 95 % interval, paired t"),
        Column("ci_high", "double", "upper end of the interval"),
        Column("p", "double", "two-sided p-value of the paired t-test, not adjusted"),
        Column("shade", "string", "light: nearer to the baseline's mean than its sd; dark: below by more; else empty"),
        Column("note", "string", "why a cell is empty, and what else to know"),
    ),
)

ALL = (
    PAIRS,
    PRIORS,
    WORDS,
    SCORES,
    ITEMS,
    BREAKDOWNS,
    RESULTS,
    PREDICTIONS,
    POINTS,
    CORRELATIONS,
    DIFFERENCES,
    CHANGES,
    COMPARISONS,
)


def kind_of(table: pa.Schema) -> Schema | None:
    """The kind whose required columns a table has, the most demanding first; None where no kind fits."""
    names = set(table.names)
    fitting = [s for s in ALL if all(c.name in names for c in s.columns if c.required)]
    if not fitting:
        return None
    best = max(fitting, key=lambda s: sum(c.required for c in s.columns))
    return best if any(c.name in names for c in best.columns) else None
