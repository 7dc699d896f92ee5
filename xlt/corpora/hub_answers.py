"""Whether the hub answers: asked once, because its own library goes on asking for most of a minute."""

import functools
import logging
import os
import ssl
import threading
import urllib.error
import urllib.request

from xlt import __version__

# A name that is not resolved may take longer than any time limit of a connection.
_SECONDS, _SECONDS_IN_ALL = 5.0, 8.0
_PASSING = {502, 503, 504}
_HUB = "https://huggingface.co"


def no_answer(within: float = _SECONDS_IN_ALL) -> str | None:
    """Why the hub cannot be reached, in a few words; None where it answers, or where only its library can tell.

    From here on the library is quiet about what it tries again: what comes of it is said in one line.

    Args:
        within: seconds in which it has to answer.
    """
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    # A proxy of SOCKS is for the library alone.
    if any(os.environ.get(name) for name in ("ALL_PROXY", "all_proxy")):
        return None
    return _no_answer(os.environ.get("HF_ENDPOINT") or _HUB, within)


@functools.cache
def _no_answer(endpoint: str, within: float) -> str | None:
    reasons: list[str | None] = []
    # The thread is left alone when it takes too long.
    thread = threading.Thread(target=lambda: reasons.append(_asked(endpoint)), daemon=True)
    thread.start()
    thread.join(within)
    return reasons[0] if reasons else f"{endpoint} does not answer"


def _asked(endpoint: str) -> str | None:
    request = urllib.request.Request(endpoint, method="HEAD", headers={"User-Agent": f"xlt/{__version__}"})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        return f"{endpoint} answers with HTTP status {error.code}" if error.code in _PASSING else None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        # The library has certificates of its own.
        return None if isinstance(reason, ssl.SSLError) else f"{endpoint}: {_words(reason)}"


def _words(reason: object) -> str:
    return str(getattr(reason, "strerror", None) or reason) or type(reason).__name__
