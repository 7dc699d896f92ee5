from xlt.corpora.manifests import load_manifest
from xlt.tasks.kinds import TASKS
from xlt.tasks.metrics import METRICS


def test_every_task_has_data_and_metrics_that_are_known() -> None:
    assert list(TASKS) == ["pos", "ner", "slots", "nli", "topic"]
    for name, task in TASKS.items():
        assert task.name == name
        manifest = load_manifest(task.data)
        assert manifest.kind == ("tagging" if task.shape == "words" else "sentences")
        assert ("hypothesis" in manifest.columns) == (task.shape == "pair")
        assert task.select in task.metrics
        assert set(task.metrics) <= set(METRICS)
        assert task.has_spans == (name in {"ner", "slots"})
