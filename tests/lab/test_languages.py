"""``lab languages`` as a function: the files, how they hang together, and that they are the same everywhere."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.lab.small_worlds import LANGS, SPLITS, THREE
from xlt.errors import XltError
from xlt.lab.languages import choose_world, make_languages
from xlt.lab.options import LanguagesOptions
from xlt.lab.world import World
from xlt.lab.world_toml import read_world, world_toml

# Changed only on purpose: published worlds would no longer be what their seed says.
PINNED = "c779c45c58458eb411a6a4512aceb638a6a815f6c69f52069c84c267b1aaba93"


def contents(folder: Path) -> dict[str, bytes]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "xlt.json")
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_all_files(made: Path) -> None:
    names = {f"text/{lang}.{split}.txt" for lang in LANGS for split in SPLITS}
    for target in LANGS[1:]:
        pair = f"qaa-{target}"
        names |= {f"parallel/{pair}.{split}.{end}" for split in SPLITS for end in ("qaa", target, "links")}
        names |= {f"{d}/{a}.txt" for d in ("dict", "dict-train", "dict-test") for a in (pair, f"{target}-qaa")}
    suffixes = {"pos": "conllu", "ner": "tsv", "nli": "tsv", "topic": "tsv", "slots": "conll"}
    names |= {f"{task}/{lang}.{split}.{end}" for task, end in suffixes.items() for lang in LANGS for split in SPLITS}
    assert set(contents(made)) == names | {"world.toml"}


def test_the_bytes_are_the_same_everywhere(made: Path) -> None:
    digest = hashlib.sha256()
    for name, content in contents(made).items():
        # The dials' explanations may be reworded.
        if name == "world.toml":
            continue
        digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    assert digest.hexdigest() == PINNED


def test_the_seed_decides_all(made: Path, dials: Path, tmp_path: Path) -> None:
    make_languages(tmp_path / "again", LanguagesOptions(world=made / "world.toml"))
    assert contents(tmp_path / "again") == contents(made)
    make_languages(tmp_path / "other", LanguagesOptions(world=dials, seed=8))
    other = contents(tmp_path / "other")
    assert other.keys() == contents(made).keys()
    assert all(other[name] != content for name, content in contents(made).items())


def test_the_record(made: Path, dials: Path, tmp_path: Path) -> None:
    record = json.loads((made / "xlt.json").read_text(encoding="utf-8"))
    assert record["step"] == "lab languages"
    assert record["seed"] == 7
    assert record["params"]["languages"]["qac"]["order"] == "SOV"
    assert [(i["role"], i["name"]) for i in record["inputs"]] == [("world", str(dials))]
    assert set(record["files"]) | {"xlt.json"} == {p.name for p in made.iterdir()}
    text = record["files"]["text"]
    assert text["qab.dev.txt"] == hashlib.sha256((made / "text" / "qab.dev.txt").read_bytes()).hexdigest()
    assert record["summary"]["sentences of text"] == 3 * 95
    assert record["summary"]["sentence pairs"] == 2 * 85
    assert record["summary"]["labelled sentences"] == 5 * 3 * 75


def test_progress(dials: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    make_languages(
        tmp_path / "w", LanguagesOptions(world=dials), progress=lambda done, total: seen.append((done, total))
    )
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    total = 3 * 95 + 2 * 85 + 15 * 75
    assert seen[-1] == (total, total)


def test_force_replaces_only_what_is_ours(dials: Path, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    make_languages(folder, LanguagesOptions(world=dials, languages=2))
    with pytest.raises(XltError, match="exists already; give --force"):
        make_languages(folder, LanguagesOptions(world=dials))
    make_languages(folder, LanguagesOptions(world=dials), force=True)
    assert (folder / "text" / "qac.dev.txt").is_file()
    (folder / "text" / "mine.txt").write_text("dear to me\n")
    with pytest.raises(XltError, match=r"text holds mine\.txt, which xlt did not write there"):
        make_languages(folder, LanguagesOptions(world=dials), force=True)
    assert (folder / "text" / "mine.txt").is_file()
    (folder / "text" / "mine.txt").rename(folder / "mine.txt")
    with pytest.raises(XltError, match=r"w holds mine\.txt"):
        make_languages(folder, LanguagesOptions(world=dials), force=True)


def test_nothing_is_left_when_it_fails(tmp_path: Path, dials: Path) -> None:
    with pytest.raises(XltError, match="a world is a folder"):
        make_languages(Path("-"), LanguagesOptions(world=dials))
    narrow = tmp_path / "narrow.toml"
    narrow.write_text(world_toml(THREE).replace("consonants = 14", "consonants = 2"), encoding="utf-8")
    with pytest.raises(
        XltError, match=r"narrow\.toml: \[languages\.qaa\] consonants and vowels make 15 function words"
    ):
        make_languages(tmp_path / "w", LanguagesOptions(world=narrow))
    assert [p.name for p in tmp_path.iterdir()] == ["narrow.toml"]


def test_options_override_the_file(dials: Path) -> None:
    assert choose_world(LanguagesOptions(world=dials)) == THREE == read_world(dials)
    changed = choose_world(LanguagesOptions(world=dials, languages=2, sentences=99, seed=1))
    assert list(changed.languages) == ["qaa", "qab"]
    assert (changed.sizes.text, changed.sizes.parallel, changed.seed) == (99, 99, 1)
    assert (changed.concepts, changed.sizes.tasks) == (THREE.concepts, THREE.sizes.tasks)
    with pytest.raises(XltError, match=r"languages 4: .*mine\.toml describes 3 languages"):
        choose_world(LanguagesOptions(world=dials, languages=4))
    with pytest.raises(XltError, match=r"mine\.toml, options applied: \[sizes\] text is 20,000,000"):
        choose_world(LanguagesOptions(world=dials, sentences=20_000_000))


def test_the_default_world() -> None:
    default: World = choose_world()
    assert len(default.languages) == 6
    assert default.seed == 42
    assert default.sizes.text == default.sizes.parallel == 8000
    assert choose_world(LanguagesOptions(seed=0)).seed == 0
    assert choose_world(LanguagesOptions(languages=3)).targets == ("qab", "qac")
