"""A world of three languages, written once."""

from pathlib import Path

import pytest

from tests.lab.small_worlds import THREE
from xlt.lab.languages import make_languages
from xlt.lab.options import LanguagesOptions
from xlt.lab.world_toml import world_toml


@pytest.fixture(scope="session")
def dials(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dials") / "mine.toml"
    path.write_text(world_toml(THREE), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, dials: Path) -> Path:
    folder = tmp_path_factory.mktemp("lab") / "world"
    assert make_languages(folder, LanguagesOptions(world=dials)).output == folder
    return folder
