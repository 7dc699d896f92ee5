"""Names of one's own for what tables and figures show: a file of lines, each what stands there and what shall stand."""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from xlt.corpora.text import existing, line_blocks
from xlt.errors import OptionError, XltError
from xlt.files.rows import some
from xlt.report.layout import short_names, text_of
from xlt.study.comparisons import without_task
from xlt.tasks.kinds import TASKS

logger = logging.getLogger(__name__)

# Characters: a line that is longer is no name.
_LONGEST = 10_000
_FORM = 'write KEY=NAME, each in quotes as JSON writes text ("a=b"="c") where it begins with " or #, or a name holds ='


class Names:
    """What things are called; what has no name of its own is called as it is.

    Args:
        by_key: names by the text that stands in the tables: a recipe, a method, a model, a language, a task, a head.
        where: the file that they are of, for messages.
    """

    def __init__(self, by_key: Mapping[str, str] | None = None, where: str = "") -> None:
        self._by_key = dict(by_key or {})
        self._where = where
        self._used: set[str] = set()

    def __call__(self, value: object) -> str:
        """The name of a value; nothing for null."""
        text = text_of(value)
        key = text if text in self._by_key or "(" not in text else self._without_task(text)
        if key in self._by_key:
            self._used.add(key)
        return self._by_key.get(key, text)

    def _without_task(self, recipe: str) -> str:
        # A method has one name in all tasks: that of ``finetune`` is meant for ``finetune(pos)``, too.
        forms = (without_task(recipe, task) for task in TASKS)
        return next((form for form in forms if form in self._by_key), recipe)

    def cell(self, column: str, value: object) -> str:
        """The name of the value of a column; that of a model is told by :meth:`models` and stands there already."""
        return text_of(value) if column == "model" else self(value)

    def pair(self, src: str, tgt: str, between: str = "-") -> str:
        """The name of a language pair: its own (``en-fr``), or that of each of its languages."""
        own = "-".join(filter(None, (src, tgt)))
        return self(own) if own in self._by_key else between.join(self(lang) for lang in (src, tgt) if lang)

    def models(self, models: Iterable[str]) -> dict[str, str]:
        """Names of models by the whole name or the short one, see :func:`~xlt.report.layout.short_names`.

        Raises:
            XltError: two have one name.
        """
        short = short_names(models)
        named = {model: self(model if model in self._by_key else name) for model, name in short.items()}
        for name, times in Counter(named.values()).items():
            if times > 1:
                alike = some(model for model in named if named[model] == name)
                raise XltError(f"{self._where}: {alike} are models, and all called '{name}': a name for each")
        return named

    def warn_of_unused(self) -> None:
        """Tell the keys that no table and no figure asked for."""
        unused = [key for key in self._by_key if key not in self._used]
        if unused:
            logger.warning("%s: nothing shown here is called %s", self._where, some(map(repr, unused)))


PLAIN = Names()


def read_names(path: Path | None) -> Names:
    """Names of a file, a line each: ``KEY=NAME``; none without a file.

    The key ends at the last ``=``, as recipes hold such signs; either side may be in quotes, as JSON writes text, and a
    key so written ends with its quotes. Empty lines, and those that begin with ``#``, say nothing.

    Raises:
        OptionError: there is no such file.
        XltError: a line of another form, without a key or a name, or a key given twice: the line is named.
    """
    if path is None:
        return Names()
    file = existing(path)
    if file is None:
        raise OptionError("names", f"{path}: no such file")
    by_key: dict[str, str] = {}
    line_of: dict[str, int] = {}
    number = 0
    for block in line_blocks(file):
        for line in block:
            number += 1
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            where = f"{path}:{number}"
            if len(line) > _LONGEST:
                raise XltError(f"{where}: {len(line):,} characters, where a line holds a key and its name; {_FORM}")
            key, name = _entry(line.strip(), where)
            if key in by_key:
                raise XltError(f"{where}: {key!r} has a name in line {line_of[key]} already; leave one out")
            by_key[key], line_of[key] = name, number
    return Names(by_key, str(path))


def _entry(line: str, where: str) -> tuple[str, str]:
    try:
        key, rest = _quoted(line) if line.startswith('"') else _up_to_equals(line)
        if not rest.startswith("="):
            raise ValueError
        name = rest[1:].strip()
        if name.startswith('"'):
            name, more = _quoted(name)
            if more:
                raise ValueError
    except ValueError:
        raise XltError(f"{where}: {line[:80]!r} is no name: {_FORM}") from None
    if not key or not name.strip():
        raise XltError(f"{where}: {line[:80]!r}: the {'name' if key else 'key'} is empty; {_FORM}")
    return key, name


def _quoted(text: str) -> tuple[str, str]:
    value, end = json.JSONDecoder().raw_decode(text)
    # Half a character is none.
    value.encode()
    return str(value), text[end:].strip()


def _up_to_equals(line: str) -> tuple[str, str]:
    # A name in quotes may hold the sign, too; it is the last one before which the rest is whole.
    if line.endswith('"'):
        for at in (i for i, sign in enumerate(line) if sign == "="):
            name = line[at + 1 :].strip()
            if name.startswith('"') and _is_quoted(name):
                return line[:at].strip(), line[at:]
    at = line.rindex("=")
    return line[:at].strip(), line[at:]


def _is_quoted(text: str) -> bool:
    try:
        return not _quoted(text)[1]
    except ValueError:
        return False
