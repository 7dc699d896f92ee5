"""A run of the fuzz: ``python -m tests.fuzz --inputs 2000 --seed 1``; status 1 where it found a fault."""

import argparse
import os
import random
import shlex
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

# How many inputs are a folder instead.
_FOLDERS = 0.03


def run(inputs: int, seed: int, keep: Path | None, kind: str | None) -> int:
    """Damage ``inputs`` files and run a command on each; print the counts by kind, and the faults."""
    from tests.fuzz.calls import call
    from tests.fuzz.subjects import chosen, make_sound

    counts: Counter[tuple[str, str]] = Counter()
    faults, peak, longest = 0, 0, (0.0, "")
    with tempfile.TemporaryDirectory(prefix="xlt-fuzz-") as name:
        folder = Path(name)
        os.environ |= {"XLT_CACHE": f"{folder}/cache", "XLT_MANIFESTS": f"{folder}/manifests", "XLT_OFFLINE": "1"}
        os.chdir(folder)
        for line in make_sound(folder):
            ended = call(shlex.split(line), folder)
            if ended.status:
                sys.exit(f"xlt {line}: status {ended.status}\n{ended.err}")
        number = 0
        for n in range(inputs if kind is None else inputs * 1000):
            draw = random.Random(f"{seed}/{n}")
            subject, mutate, line = chosen(draw)
            if kind not in (None, subject.kind):
                continue
            if number == inputs:
                break
            number += 1
            path = folder / subject.file
            sound = path.read_bytes()
            damaged = mutate(sound, draw)
            path.unlink()
            is_folder = draw.random() < _FOLDERS
            path.mkdir() if is_folder else path.write_bytes(damaged)
            ended = call(shlex.split(line), folder)
            fault = ended.fault()
            left = [p for p in folder.iterdir() if p.name.startswith((".", "out"))]
            if ended.status == 2 and not fault and left:
                fault = f"refused, but {left[0].name} is there"
            for output in left:
                shutil.rmtree(output) if output.is_dir() else output.unlink()
            counts[subject.kind, "fault" if fault else "refused" if ended.status else "taken"] += 1
            peak, longest = max(peak, ended.peak), max(longest, (ended.seconds, f"{seed}/{n} xlt {line}"))
            if fault:
                faults += 1
                print(f"{seed}/{n}: {subject.file}: xlt {line}: {fault}", flush=True)
                if keep is not None:
                    own = keep / f"{seed}-{n}"
                    own.mkdir(parents=True, exist_ok=True)
                    (own / path.name).write_bytes(damaged)
                    (own / "told.txt").write_text(f"{subject.file}\nxlt {line}\n{fault}\n{ended.err}", encoding="utf-8")
            path.rmdir() if is_folder else path.unlink()
            path.write_bytes(sound)
    for name in sorted({kind for kind, _ in counts}):
        print(f"{name:<20}", *(f"{counts[name, how]:>6} {how}" for how in ("taken", "refused", "fault")))
    print(f"{number:,} inputs, {faults} faults, at most {peak >> 20} MB, {longest[0]:.1f} s for {longest[1]}")
    return int(faults > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, help="folder for inputs with a fault")
    parser.add_argument("--kind", help="inputs of this kind alone")
    given = parser.parse_args()
    # Read at import by libraries that the commands import.
    os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    from tests.warm.server import load

    load()
    sys.exit(run(given.inputs, given.seed, given.keep and given.keep.resolve(), given.kind))
