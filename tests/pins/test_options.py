"""Flags, defaults and bounds stay as they are."""

from tests.pins.files import OPTIONS, check
from tests.pins.options import all_options


def test_what_the_commands_offer() -> None:
    check(OPTIONS, all_options())
