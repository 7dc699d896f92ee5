"""The aligner that the options ask for."""

from collections.abc import Sequence

from xlt.errors import XltError
from xlt.files.provenance import Input
from xlt.pairs.options import AlignOptions
from xlt.pairs.segment import WordRule
from xlt.pairs.table import Linker


def open_linker(options: AlignOptions, rule: WordRule, text: Sequence[Input], *, force: bool, whole: bool) -> Linker:
    """Open what finds the links.

    Args:
        options: checked options of any source but the dictionary.
        rule: how sentences become words.
        text: the corpus, for the record of a model that is trained on it.
        force: replace an existing model.
        whole: whether every sentence pair of the corpus is read.

    Raises:
        XltError: a file or model that cannot be opened, or options that contradict each other.
    """
    if options.links is not None:
        from xlt.pairs.link_file import FileLinks

        return FileLinks(options.links, one_based=bool(options.one_based), whole=whole)
    if options.source == "fastalign":
        return _fastalign(options, rule, text, force)
    from xlt.pairs.similarity import LAYER, THRESHOLD, SimilarityLinks

    assert options.model is not None
    assert options.aligner == "awesome" or options.aligner == "argmax" or options.aligner == "itermax"
    return SimilarityLinks(
        options.aligner,
        options.model,
        layer=LAYER if options.layer is None else options.layer,
        pool=options.pool or "subwords",
        threshold=THRESHOLD if options.threshold is None else options.threshold,
        overlong=options.overlong or "window",
        max_length=options.max_length,
        batch_tokens=options.batch_tokens,
        dtype=options.dtype or "auto",
        device=options.device or "auto",
    )


def _fastalign(options: AlignOptions, rule: WordRule, text: Sequence[Input], force: bool) -> Linker:
    from xlt.pairs.fastalign import CHUNK, FastAlignLinks

    if options.load_priors is not None and options.save_priors is not None:
        raise XltError("--load-priors aligns with a model that is there already, --save-priors keeps one: give one")
    return FastAlignLinks(
        rule,
        heuristic=options.symmetrise or "grow-diag-final-and",
        device=options.device or "auto",
        chunk=options.chunk or CHUNK,
        load=options.load_priors,
        save=options.save_priors,
        force=force,
        text=text,
    )
