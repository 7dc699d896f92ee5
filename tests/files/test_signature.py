from hypothesis import given
from hypothesis import strategies as st

from xlt import __version__
from xlt.files.signature import Signature

NAMES = st.text(st.characters(exclude_characters="|:", exclude_categories=["Cs"]), min_size=1)
VALUES = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs"]))


def test_by_hand() -> None:
    signature = Signature().with_parts({"pairs": 1000, "center": "", "data": "table:ab"}).with_version()
    assert str(signature) == f"pairs:1000|center|data:table:ab|xlt:{__version__}"
    assert list(signature) == ["pairs:1000", "center", "data:table:ab", f"xlt:{__version__}"]
    assert signature.values() == {"pairs": "1000", "center": "center", "data": "table:ab", "xlt": __version__}


def test_nothing_is_the_empty_signature() -> None:
    assert Signature.parse(None) == Signature.parse("") == Signature()
    assert str(Signature()) == ""


@given(st.lists(st.tuples(NAMES, VALUES)))
def test_text_and_back(parts: list[tuple[str, str]]) -> None:
    signature = Signature(tuple(parts))
    assert Signature.parse(str(signature)) == signature
