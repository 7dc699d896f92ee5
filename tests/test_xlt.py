"""``import xlt``: light, and all that it offers is there, documented, with options of one meaning each."""

import inspect
import subprocess
import sys
from collections import Counter

import pytest

import xlt
from tests.conftest import ROOT
from xlt.flat import OptionChoice, OptionGroup, group_in, leaves

STEPS = sorted(xlt._STEPS)


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, xlt; dir(xlt); print(sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    heavy = {"torch", "transformers", "numpy", "scipy", "pyarrow", "typer", "rich", "nltk", "jieba", "matplotlib"}
    assert not heavy & set(eval(done.stdout))


@pytest.mark.parametrize("name", xlt.__all__)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    value = getattr(xlt, name)
    assert name == "__version__" or (value.__doc__ or "").strip()
    assert name in dir(xlt)


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="module 'xlt' has no attribute 'align'"):
        xlt.align  # noqa: B018


@pytest.mark.parametrize("name", STEPS)
def test_help_tells_every_option(name: str) -> None:
    step = getattr(xlt, name)
    assert step.__name__ == name
    parameters = inspect.signature(step).parameters
    assert not any(isinstance(p.annotation, type) and getattr(p.annotation, "__xlt_options__", False)
                   for p in parameters.values())  # fmt: skip
    told = step.__doc__.partition("\nOptions:\n")[2]
    positional = [p for p in parameters.values() if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert positional, "a step has something to work on"
    for line in told.splitlines():
        option, _, words = line.strip().partition(": ")
        assert option in parameters
        assert words


def one_each(group: OptionGroup) -> list[str]:
    """Names of options, those of a choice's groups once, since only one of them is chosen."""
    names = []
    for member in group.members:
        if isinstance(member, OptionGroup):
            names += one_each(member)
        elif isinstance(member, OptionChoice):
            names.append(member.name)
            inner = (*member.groups.values(), *member.instead.values())
            names += sorted({leaf.name for g in inner for leaf in leaves(g)})
        else:
            names.append(member.name)
    return names


@pytest.mark.parametrize("name", STEPS)
def test_no_two_options_of_a_step_share_a_name(name: str) -> None:
    step = inspect.unwrap(getattr(xlt, name))
    for hint in step.__annotations__.values():
        group = group_in(hint)
        if group is not None:
            twice = [n for n, times in Counter(one_each(group)).items() if times > 1]
            assert not twice
