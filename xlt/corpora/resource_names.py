"""Whether what the user wrote is a name out of the manifests or a path."""

import re
from pathlib import Path


def looks_like_name(spec: str) -> bool:
    """A name out of the manifests, unless something of that name lies here: ``opus100`` against ``./opus100``."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", spec) or Path(spec).exists():
        return False
    from xlt.corpora.manifests import is_known

    return is_known(spec)
