"""``python -m tests.docs --write``: make what the documentation has from the code anew."""

import sys

from tests.docs.generated import DOCUMENTS

if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.docs --write")
    for document, renewed in DOCUMENTS.items():
        document.write_text(renewed(document.read_text(encoding="utf-8")), encoding="utf-8")
