"""Write the pins anew, after a change that is meant: ``python -m tests.pins --write``."""

import os
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.pins --write")
    with tempfile.TemporaryDirectory() as folder:
        # Read at import by libraries that the commands import.
        os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "XLT_CACHE": f"{folder}/cache"}
        from tests.pins.files import OPTIONS, RECORDS, write
        from tests.pins.options import all_options
        from tests.pins.records import all_records

        write(OPTIONS, all_options())
        (Path(folder) / "work").mkdir()
        write(RECORDS, all_records(Path(folder) / "work"))
