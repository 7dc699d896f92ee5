"""Step ``lab languages``: a small multilingual world, written as the files that the other steps read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from xlt.errors import OptionError, XltError
from xlt.files.atomic import check_output, output_folder
from xlt.files.provenance import Input, file_sha256, make_record, read_folder_record, write_folder_record
from xlt.files.shown import Shown
from xlt.files.stamps import file_stamps
from xlt.lab.inventory import Inventory
from xlt.lab.meanings import Speech
from xlt.lab.options import LANGUAGES, SEED, SENTENCES, LanguagesOptions
from xlt.lab.random import Stream
from xlt.lab.realise import speakers
from xlt.lab.world import World, check_world, default_world
from xlt.lab.world_files import Counter, planned_sentences, write_parallel, write_tasks, write_text
from xlt.lab.world_toml import read_world, world_toml
from xlt.work import Progress

WORLD_FILE = "world.toml"


@dataclass(frozen=True)
class MadeWorld(Shown):
    """What was written and the counts that belong to it."""

    output: Path
    summary: dict[str, Any]


def choose_world(options: LanguagesOptions = LanguagesOptions()) -> World:
    """The world that the options mean.

    Raises:
        XltError: a wrong dial, or more languages than the file has tables for.
    """
    path, languages, sentences = options.world, options.languages, options.sentences
    if path is None:
        seed = SEED if options.seed is None else options.seed
        return default_world(languages or LANGUAGES, sentences or SENTENCES, seed)
    world = read_world(path)
    if languages is not None:
        if languages > len(world.languages):
            raise OptionError(
                "languages",
                f"{languages}: {path} describes {len(world.languages)} languages; from 2 up to these can be taken, "
                "more need tables of their own",
            )
        world = replace(world, languages=dict(list(world.languages.items())[:languages]))
    if sentences is not None:
        world = replace(world, sizes=replace(world.sizes, text=sentences, parallel=sentences))
    if options.seed is not None:
        world = replace(world, seed=options.seed)
    check_world(world, f"{path}, options applied")
    return world


def make_languages(
    output: Path,
    options: LanguagesOptions = LanguagesOptions(),
    *,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> MadeWorld:
    """Write a constructed world into a folder.

    ``text/LANG.SPLIT.txt``, ``parallel/SRC-TGT.SPLIT.LANG`` with gold ``parallel/SRC-TGT.SPLIT.links``, dictionaries
    ``dict/``, ``dict-train/`` and ``dict-test/``, ``pos/``, ``ner/``, ``nli/``, ``topic/``, ``slots/``, ``world.toml``
    and ``xlt.json``. Splits are train, dev and test. Within a data set (the text of a language, the parallel text of a
    pair, the labelled data of a task) a sentence of test or dev, or of inference a premise with its hypothesis, does
    not occur in train, in any of its languages. From one data set to another only meanings are kept apart (of inference
    those of the premises), and two meanings may sound the same. The labelled sentences mean the same in all languages,
    the monolingual ones never.

    Args:
        output: the folder to make.
        options: which world.
        force: replace an existing folder that xlt made.
        tags: kept in the record.
        progress: called with sentences done and in all.

    Memory: O(links of one language pair); sentences go straight to disk.

    Raises:
        XltError: a wrong dial, or dials that allow too few words or sentences.
    """
    if str(output) == "-":
        raise XltError("-o -: a world is a folder of files; name a folder")
    _check_output(output, force)
    world, path = choose_world(options), options.world
    inputs = [Input("world", str(path), file_sha256(path))] if path else []
    record = make_record(
        "lab languages", params=asdict(world), inputs=inputs, seed=world.seed, tags=tags, packages=("numpy",)
    )
    speech = Speech(world, Inventory(world.concepts), Stream(world.seed))
    voices = speakers(speech, str(path or "the default world"))
    counter = Counter(planned_sentences(world), progress)
    with output_folder(output, force) as folder:
        (folder / WORLD_FILE).write_text(world_toml(world), encoding="utf-8", newline="\n")
        write_text(folder, speech, voices, counter)
        entries = write_parallel(folder, speech, voices, counter)
        write_tasks(folder, speech, voices, counter)
        text, parallel = counter.sentences["text"], counter.sentences["parallel"]
        summary: dict[str, Any] = {
            "languages": ", ".join(voices),
            "sentences of text": text,
            "sentence pairs": parallel,
            "dictionary entries": entries,
            "labelled sentences": counter.total - text - parallel,
            "training words of the dictionaries": "the most frequent 10 of 13 (dict-train), the others in dict-test",
        }
        write_folder_record(folder, record | {"summary": summary, "files": _stamps(folder)})
    return MadeWorld(output, summary)


def _check_output(output: Path, force: bool) -> None:
    # The folders inside are replaced too: whatever is in them must be ours.
    check_output(output, force)
    if not output.is_dir():
        return
    files = (read_folder_record(output) or {}).get("files")
    for folder in sorted(p for p in output.iterdir() if p.is_dir()):
        ours = files.get(folder.name) if isinstance(files, dict) else None
        foreign = sorted({p.name for p in folder.iterdir()} - set(ours if isinstance(ours, dict) else ()))
        if foreign:
            raise XltError(f"{folder} holds {foreign[0]}, which xlt did not write there; move it away first")


def _stamps(folder: Path) -> dict[str, Any]:
    # By top-level name: the file's stamp, or the hashes of what the folder holds.
    folders = sorted(p for p in folder.iterdir() if p.is_dir())
    hashes = {p.name: {file.name: file_sha256(file) for file in sorted(p.iterdir())} for p in folders}
    return file_stamps([folder / WORLD_FILE]) | hashes
