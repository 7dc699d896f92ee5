"""Records, signatures, columns and numbers stay as they are, whatever is moved behind the command line."""

from pathlib import Path

import pytest

from tests.pins.files import RECORDS, check
from tests.pins.records import all_records


@pytest.mark.slow
def test_what_the_commands_write(tmp_path: Path) -> None:
    check(RECORDS, all_records(tmp_path))
