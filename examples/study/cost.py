"""What a study would cost: jobs by rule, and hours on the device from token counts and tokens a second.

    python examples/study/cost.py CONFIG.toml... --rates RATES.toml

Tokens are words, as ``log.jsonl`` counts them in ``words_per_second``. Text alone is counted, no idle device, no queue.
"""

import argparse
import signal
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from study import DEFAULTS, Study, StudyError, read, steps_of

from xlt.alignment.options import AlignScoreOptions

Rates = dict[str, Any]


def device_hours(study: Study, rates: Rates) -> dict[str, float]:
    """Hours by rule of the calls that run an encoder, one after another.

    Raises:
        StudyError: a count or a rate is missing.
    """
    seconds: dict[str, float] = {}

    def call(rule: str, words: float, rate: float) -> None:
        seconds[rule] = seconds.get(rule, 0.0) + words / rate + _at(rates, "call", "seconds")

    for model in study.grid["models"]:
        forward = _at(rates, "model", model, "forward")
        if model in study.pretrained():
            options = DEFAULTS["pretrain"] | study.pretrain_table(model)
            words = _at(rates, "pretrain", "words") * options["epochs"] * len(study.languages)
            call("pretrain", words, _at(rates, "model", model, "pretrain"))
        call("scores_before", _scored(study, model, rates), forward)
    for corpus, aligner in study.pair_sets():
        options = study.extract_table(corpus, aligner)
        if "model" in options:
            here = next(m for m in (*study.grid["models"], options["model"]) if study.model(m) == options["model"])
            whole = _at(rates, "corpus", corpus, "sentence_pairs")
            pairs = float(options.get("limit") or options.get("sample") or whole)
            for _ in study.targets:
                call("pairs", pairs * _at(rates, "pairs", "words"), _at(rates, "model", here, "forward"))
    for run in study.runs.values():
        train, forward = (_at(rates, "model", run.model, how) for how in ("train", "forward"))
        options = DEFAULTS["finetune"] | study.finetune_table(run)
        sentences = _at(rates, "task", run.task, "train", "sentences")
        words = _at(rates, "task", run.task, "train", "words")
        if "limit" in options:
            words, sentences = words * min(1.0, options["limit"] / sentences), min(sentences, options["limit"])
        steps, learned = steps_of(int(sentences), options), words * options["epochs"]
        how = study.how(run.method)
        if how == "before":
            own = study.realign_table(run)
            pairs = own.get("steps", steps) * study.pairs_of_step(own, "batch-size")
            call("realign", pairs * _at(rates, "pairs", "words"), train)
        if how == "joint":
            learned += steps * study.pairs_of_step(options, "pair-batch-size") * _at(rates, "pairs", "words")
        call("finetune", learned, train)
        call("evaluate", sum(_at(rates, "task", run.task, "test", lang) for lang in study.languages), forward)
        call("scores_after", _scored(study, run.model, rates), forward)
    return {rule: value / 3600 for rule, value in seconds.items()}


def _scored(study: Study, model: str, rates: Rates) -> float:
    # At most: each word pair in a sentence pair of its own.
    stated = (DEFAULTS["align-score"] | study.score_table(model))["n-pairs"]
    pairs = AlignScoreOptions(n_pairs=stated).most or 0
    return float(pairs * _at(rates, "pairs", "words") * len(study.targets))


def _at(rates: Rates, *path: str) -> float:
    found: Any = rates
    for name in path:
        if not isinstance(found, dict) or name not in found:
            raise StudyError(f"the rates have no {'.'.join(path)}")
        found = found[name]
    if isinstance(found, bool) or not isinstance(found, int | float) or found < 0:
        raise StudyError(f"the rates' {'.'.join(path)} must be a number, not {found!r}")
    return float(found)


def _sources(rates: Rates, path: str = "") -> list[str]:
    found = []
    for name, value in rates.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, dict):
            found += _sources(value, here)
        elif name == "source":
            found.append(f"  {path}: {value}")
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "configs", metavar="CONFIG.toml", nargs="+", help="the study; of several, each and all together"
    )
    parser.add_argument("--rates", metavar="RATES.toml", required=True, type=Path, help="token counts, tokens a second")
    asked = parser.parse_args(words)
    try:
        studies = [read(path, beside=Path(__file__).parent) for path in asked.configs]
        try:
            rates = tomllib.loads(asked.rates.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise StudyError(f"{asked.rates}: {error}") from error
        costs = [(study.where, study.jobs(), device_hours(study, rates)) for study in studies]
    except StudyError as error:
        print(f"cost: {error}", file=sys.stderr)
        return 2
    for where, jobs, hours in costs:
        print(f"{where}, on {rates.get('device', 'the device')}", f"{'rule':<14}{'jobs':>7}{'hours':>9}", sep="\n")
        for rule, count in jobs.items():
            print(f"{rule:<14}{count:>7}" + (f"{hours[rule]:>9.1f}" if rule in hours else f"{'-':>9}"))
        print(f"{'total':<14}{sum(jobs.values()):>7}{sum(hours.values()):>9.1f}\n")
    if len(costs) > 1:
        count = sum(sum(jobs.values()) for _, jobs, _ in costs)
        time = sum(sum(hours.values()) for _, _, hours in costs)
        print(f"{'together':<14}{count:>7}{time:>9.1f}\n")
    print("Where the figures come from:", *_sources(rates), sep="\n")
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
