"""The options of a world: their words state the defaults of the world that is made without them."""

import pytest

from xlt.errors import OptionError
from xlt.lab.options import LanguagesOptions
from xlt.lab.world import default_world
from xlt.options import dials


def test_what_is_shown_is_what_is_made() -> None:
    shown = {dial.name: dial.option.shown for dial in dials(LanguagesOptions) if dial.option}
    world = default_world()
    assert shown == {
        "languages": str(len(world.languages)), "sentences": str(world.sizes.text), "seed": str(world.seed),
        "world": None,
    }  # fmt: skip


def test_bounds() -> None:
    for option, value in (("languages", 1), ("sentences", 0), ("seed", -1)):
        with pytest.raises(OptionError, match=f"{option} {value}: give at least"):
            LanguagesOptions(**{option: value})  # type: ignore[arg-type]
