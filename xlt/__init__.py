"""xlt: how well are the languages inside a multilingual encoder aligned, and what does it do for transfer?

The steps of the command line, for notebooks and scripts: ``xlt.align_score("xlm-roberta-base", "en-ar.parquet",
layers="-1")``. Options have the names of the command line's with underscores; ``help(xlt.align_score)`` tells them all.
docs/python.md has examples. Each name is loaded when it is first used.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# What is called, and where it stands.
_STEPS = {
    "extract_pairs": "xlt.pairs.extract_pairs:extract_pairs",
    "error_rate": "xlt.pairs.aer:error_rate",
    "embed": "xlt.alignment.embed:embed",
    "align_score": "xlt.alignment.align_score:score_model",
    "score_embeddings": "xlt.alignment.align_score:score_embeddings",
    "pretrain": "xlt.training.pretrain:pretrain",
    "realign": "xlt.training.realign:realign",
    "finetune": "xlt.training.finetune:finetune",
    "evaluate": "xlt.tasks.evaluate:evaluate",
    "tag_pairs": "xlt.tasks.tag_pairs:tag_pairs",
    "rescore": "xlt.tasks.results:rescore",
    "correlate": "xlt.study.correlate:correlate",
    "break_down": "xlt.study.breakdown:break_down",
    "find_examples": "xlt.study.examples:find_examples",
    "measure_changes": "xlt.study.changes:measure_changes",
    "compare_methods": "xlt.study.comparisons:compare_methods",
    "import_wide": "xlt.study.import_wide:import_wide",
    "make_languages": "xlt.lab.languages:make_languages",
    "draw_figure": "xlt.report.figures:draw_figure",
    "make_page": "xlt.report.page:make_page",
    "describe": "xlt.files.show:describe",
    "check": "xlt.files.check:check",
}
# Groups of options, for who keeps them together, how they are made of flat names, and the errors that all steps raise.
_KINDS = {
    "XltError": "xlt.errors",
    "OptionError": "xlt.errors",
    "from_flat": "xlt.flat",
    "ExtractOptions": "xlt.pairs.options",
    "EncodeOptions": "xlt.encoders.options",
    "EmbedOptions": "xlt.alignment.options",
    "AlignScoreOptions": "xlt.alignment.options",
    "ScoreOptions": "xlt.measures.options",
    "TrainOptions": "xlt.training.options",
    "PretrainOptions": "xlt.training.options",
    "RealignOptions": "xlt.training.options",
    "FinetuneOptions": "xlt.training.options",
    "EvalOptions": "xlt.tasks.options",
    "TagOptions": "xlt.tasks.options",
    "CorrelateOptions": "xlt.study.options",
    "LanguagesOptions": "xlt.lab.options",
}

__all__ = ["__version__", *_STEPS, *_KINDS]


def __getattr__(name: str) -> Any:
    if name in _STEPS:
        module, step = _STEPS[name].split(":")
        face = import_module("xlt.face").face
        value = face(getattr(import_module(module), step), name)
    elif name in _KINDS:
        value = getattr(import_module(_KINDS[name]), name)
    else:
        raise AttributeError(f"module 'xlt' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
