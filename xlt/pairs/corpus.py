"""The corpus that is asked for: by name or by path, a dictionary in its place, or two treebanks."""

from contextlib import suppress

from xlt.corpora.manifest_parser import Manifest
from xlt.corpora.manifests import known_name, load_manifest, manifest_of_kind, resolve
from xlt.corpora.parallel import Corpus, moses_corpus, open_corpus, table_corpus, treebank_corpus
from xlt.errors import OptionError, XltError
from xlt.files.places import offline_reason
from xlt.pairs.entries import entries_corpus
from xlt.pairs.options import DictOptions, ExtractOptions
from xlt.pairs.segment import WordRule
from xlt.work import Progress


def check_corpus(asked: tuple[str, str], rule: WordRule, options: ExtractOptions) -> None:
    """Before anything is read or fetched: refuse a corpus that there is not, or not for these languages.

    Raises:
        XltError: there is none. (Of a dictionary its own source tells.)
    """
    if options.aligner.entries:
        return
    name = known_name(options.corpus)
    if name is None:
        _open_path(asked, rule, options)
        return
    manifest = load_manifest(name)
    if is_tagging(manifest):
        for lang in (rule.src, rule.tgt):
            resolve(manifest, lang=lang, split=options.split)
    else:
        resolve(manifest_of_kind(name, "corpus", "corpus"), src=rule.src, tgt=rule.tgt, split=options.split)
    if offline_reason():
        # Nothing is fetched; what is not there is told together with what else is not.
        _open_named(name, rule, options, None)


def corpus_of(
    asked: tuple[str, str], rule: WordRule, options: ExtractOptions, progress: Progress | None = None
) -> Corpus:
    """The corpus, ready to be read; what is known by name is fetched.

    Args:
        asked: the languages as the user calls them.
        rule: has their true names.
        options: which corpus.
        progress: called with (bytes there, bytes in all) of what is fetched.

    Raises:
        XltError: there is none, or it cannot be had.
    """
    if isinstance(options.aligner, DictOptions) and options.aligner.entries:
        return entries_corpus(options.aligner, rule, progress)
    name = known_name(options.corpus)
    return _open_named(options.corpus, rule, options, progress) if name else _open_path(asked, rule, options)


def is_treebank_corpus(asked: tuple[str, str], rule: WordRule, options: ExtractOptions) -> bool:
    """Whether the corpus brings its words, so that none need be cut; known before anything is fetched.

    Raises:
        OptionError: an option says how it is to be cut.
    """
    if options.aligner.entries or not _brings_words(asked, rule, options):
        return False
    text = "has no effect: {option} {value} brings its words"
    if options.tokenizer or options.pretokenized:
        raise OptionError("tokenizer" if options.tokenizer else "pretokenized", text, "corpus", options.corpus)
    if isinstance(options.aligner, DictOptions) and options.aligner.whole_entries:
        raise OptionError("whole_entries", text, "corpus", options.corpus)
    return True


def is_tagging(manifest: Manifest) -> bool:
    """Whether a resource is a treebank of each language, of which two may be parallel."""
    return manifest.kind == "tagging" and manifest.format == "conllu"


def _brings_words(asked: tuple[str, str], rule: WordRule, options: ExtractOptions) -> bool:
    name = known_name(options.corpus)
    if name is not None:
        return is_tagging(load_manifest(name))
    with suppress(XltError):
        return _open_path(asked, rule, options).treebank is not None
    return False


def _open_path(asked: tuple[str, str], rule: WordRule, options: ExtractOptions) -> Corpus:
    # The user's own files are called as the user calls the languages; else by their true names.
    src, tgt = asked
    split = options.split or "train"
    with suppress(XltError):
        return open_corpus(options.corpus, src, tgt, split=split, join_key=options.join_key)
    return open_corpus(options.corpus, rule.src, rule.tgt, split=split, join_key=options.join_key)


def _open_named(name: str, rule: WordRule, options: ExtractOptions, progress: Progress | None) -> Corpus:
    from xlt.corpora.resources import resource_files

    if is_tagging(load_manifest(name)):
        left, right = (
            resource_files(name, lang=lang, split=options.split, progress=progress).files
            for lang in (rule.src, rule.tgt)
        )
        return treebank_corpus(name, left[0], right[0])
    resource = resource_files(name, src=rule.src, tgt=rule.tgt, split=options.split, progress=progress)
    if resource.sides:
        return moses_corpus(name, *resource.sides)
    missing = {"src", "tgt"} - resource.columns.keys()
    if missing:
        raise XltError(f"{name}: its manifest names no column '{min(missing)}'; give both under [columns]")
    return table_corpus(name, resource.files, resource.columns["src"], resource.columns["tgt"])
