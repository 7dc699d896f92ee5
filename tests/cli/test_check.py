"""``xlt check``: what a script sees of it; what is found in each kind of file is tested with the files."""

from pathlib import Path

from tests.cli.conftest import Call
from tests.pair_files import ARROW, pairs_record, random_rows
from xlt.files.tables import write_table


def test_the_table_and_the_status(call: Call, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_table(f"{tmp_path}/{name}.parquet", random_rows(9), ARROW, pairs_record(), False)
    done = call("check", "a.parquet", "b.parquet")
    assert done.err == "checked\n  sound      2\n  damaged    0\n  no record  0\n"
    data = bytearray((tmp_path / "b.parquet").read_bytes())
    data[len(data) // 2] ^= 4
    (tmp_path / "b.parquet").write_bytes(data)
    done = call("check", "-q", ".", status=1)
    cells = [[c.strip() for c in line.strip("│").split("│")] for line in done.out.splitlines() if line.startswith("│")]
    assert [c[:3] for c in cells] == [["a.parquet", "pairs", "sound"], ["b.parquet", "table", "damaged"]]
    assert "is damaged or cut off: its bytes are not those that xlt wrote" in cells[1][3]
    assert done.err == ""


def test_wrong_usage(call: Call) -> None:
    for arguments, message in (
        (("missing",), "no such file or folder"),
        ((), "PATH"),
        ((".",), "nothing that xlt wrote"),
    ):
        done = call("check", *arguments, status=2)
        assert (done.out, done.err.count("\n")) == ("", 1)
        assert message in done.err
