"""The folder of an unfinished run: refusals, checkpoints that are whole or not there, and the log."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from tests.training.weights import CPU
from xlt.errors import XltError
from xlt.training.store import Checkpoint, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "out.training")
    made.open({"lr": 2e-5, "layers": "-1", "inputs": [["model", "abc"]]}, resume=False, force=False)
    return made


def at(step: int, best: int | None = None) -> Checkpoint:
    tensors = {"a.weight": torch.full((2, 3), float(step)), "b": torch.tensor(step)}
    return Checkpoint(
        step=step,
        weights=tensors,
        optimizer={"exp_avg/b": torch.ones(2) * step},
        state={"step": step, "best_step": best},
    )


def folders(store: Store) -> list[str]:
    return sorted(p.name for p in store.folder.iterdir() if p.is_dir())


def test_a_checkpoint_comes_back_and_older_ones_go(store: Store) -> None:
    assert store.newest(CPU) is None
    store.save(at(5))
    store.save(at(12))
    assert folders(store) == ["step-00000012"]
    checkpoint = store.newest(CPU)
    assert checkpoint is not None
    assert (checkpoint.step, checkpoint.state) == (12, {"step": 12, "best_step": None})
    assert torch.equal(checkpoint.weights["a.weight"], torch.full((2, 3), 12.0))
    assert checkpoint.weights["b"].dtype == torch.int64
    assert torch.equal(checkpoint.optimizer["exp_avg/b"], torch.full((2,), 12.0))


def test_an_unfinished_run_is_neither_overwritten_nor_taken_for_another(store: Store) -> None:
    store.save(at(5))
    same = {"inputs": [["model", "abc"]], "layers": "-1", "lr": 2e-5}
    with pytest.raises(XltError, match=r"holds an unfinished run; --resume goes on with it, --force begins anew"):
        store.open(same, resume=False, force=False)
    with pytest.raises(XltError, match=r"was made with lr = 2e-05, not 3e-05; give the same options, or --force"):
        store.open(same | {"lr": 3e-5}, resume=True, force=False)
    with pytest.raises(XltError, match=r"made with pool = None, not 'first'"):
        store.open(same | {"pool": "first"}, resume=True, force=False)
    store.open(same, resume=True, force=False)
    assert folders(store) == ["step-00000005"]
    store.open(same | {"lr": 3e-5}, resume=False, force=True)
    assert folders(store) == []


def test_a_folder_of_somebody_else_stays(tmp_path: Path) -> None:
    (tmp_path / "out.training").mkdir()
    (tmp_path / "out.training" / "thesis.tex").write_text("years")
    for resume, force in ((False, False), (True, False), (False, True)):
        with pytest.raises(XltError, match="is not the folder of an unfinished run; move it away"):
            Store(tmp_path / "out.training").open({}, resume=resume, force=force)
    assert (tmp_path / "out.training" / "thesis.tex").read_text() == "years"


def test_killed_before_the_first_file_was_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "out.training")
    store.folder.mkdir()
    store.open({"lr": 1}, resume=True, force=False)
    (store.folder / "run.json").rename(store.folder / ".run.json.partial-host-1")
    store.open({"lr": 1}, resume=False, force=False)
    assert not store.saved
    assert json.loads((store.folder / "run.json").read_text()) == {"lr": 1}


def test_a_full_disk_leaves_no_half_definition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Path.write_text

    def half(path: Path, text: str, **kwargs: Any) -> int:
        whole(path, text[: len(text) // 2], **kwargs)
        raise OSError(errno.ENOSPC, "No space left on device")

    store = Store(tmp_path / "out.training")
    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError, match="No space"):
        store.open({"lr": 1}, resume=False, force=False)
    monkeypatch.undo()
    store.open({"lr": 1}, resume=True, force=False)
    assert json.loads((store.folder / "run.json").read_text()) == {"lr": 1}


@pytest.mark.parametrize("broken", ["weights.safetensors", "optimizer.safetensors", "state.json"])
def test_a_broken_checkpoint_is_refused(store: Store, broken: str) -> None:
    store.save(at(5))
    path = store.folder / "step-00000005" / broken
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(XltError, match=r"--resume: the checkpoint .*step-00000005 is broken .*--force begins anew"):
        store.newest(CPU)
    path.unlink()
    with pytest.raises(XltError, match="is broken"):
        store.newest(CPU)


@pytest.mark.parametrize("when", [1, 2])
def test_a_full_disk_keeps_the_checkpoint_before(store: Store, monkeypatch: pytest.MonkeyPatch, when: int) -> None:
    store.save(at(5))
    save_file, calls = safetensors.torch.save_file, 0

    def full(tensors: Any, path: Path) -> None:
        nonlocal calls
        calls += 1
        save_file(tensors, path)
        if calls == when:
            path.write_bytes(path.read_bytes()[:-9])
            # What safetensors makes of ENOSPC.
            raise safetensors.SafetensorError("Error while serializing: I/O error: No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(OSError, match="No space left"):
        store.save(at(9))
    monkeypatch.undo()
    assert folders(store) == ["step-00000005"]
    checkpoint = store.newest(CPU)
    assert checkpoint is not None
    assert checkpoint.step == 5
    store.save(at(9))
    assert folders(store) == ["step-00000009"]


def test_the_best_weights_of_the_newest_checkpoint_stay(store: Store) -> None:
    def best(step: int) -> float:
        return float(store.best(step, CPU)["w"])

    store.save_best(2, {"w": torch.tensor(2.0)})
    store.save_best(4, {"w": torch.tensor(4.0)})
    assert folders(store) == ["best-00000004"]
    store.save(at(5, best=4))
    store.save_best(6, {"w": torch.tensor(6.0)})
    store.save_best(8, {"w": torch.tensor(8.0)})
    # A resume from step 5 would need those of step 4.
    assert folders(store) == ["best-00000004", "best-00000008", "step-00000005"]
    # A run that was killed and came here once more, on a machine that rounds otherwise.
    store.save_best(8, {"w": torch.tensor(8.5)})
    assert (best(4), best(8)) == (4.0, 8.5)
    store.save(at(9, best=8))
    assert folders(store) == ["best-00000008", "step-00000009"]


def test_lines_of_the_log_that_will_be_written_again(store: Store) -> None:
    store.keep_log_until(3)
    lines = ['{"step": 2}', '{"step": 4, "validation": 0.5}', '{"step": 4}', '{"step": 6}', '{"step": 7, "lo']
    store.log.write_text("\n".join(lines), encoding="utf-8")
    store.keep_log_until(4)
    assert store.log.read_text() == "\n".join(lines[:3]) + "\n"
    store.keep_log_until(0)
    assert store.log.read_text() == ""


def test_the_end(store: Store) -> None:
    store.save(at(5))
    store.remove()
    assert not store.folder.exists()
    store.remove()


def test_a_broken_run_file_is_one_line(tmp_path: Path) -> None:
    store = Store(tmp_path / "out.training")
    store.open({"a": 1}, resume=False, force=False)
    (store.folder / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(XltError, match=r"run\.json is broken"):
        store.open({"a": 1}, resume=True, force=False)


def test_resume_with_force_begins_another_run_anew(tmp_path: Path) -> None:
    store = Store(tmp_path / "out.training")
    store.open({"a": 1}, resume=False, force=False)
    store.log.write_text('{"step": 1}\n', encoding="utf-8")
    store.open({"a": 1}, resume=True, force=True)
    assert store.log.exists()
    store.open({"a": 2}, resume=True, force=True)
    assert not store.log.exists()


def test_a_damaged_checkpoint_is_not_gone_on_with(tmp_path: Path) -> None:
    store = Store(tmp_path / "out.training")
    store.open({}, resume=False, force=False)
    optimizer = {"exp_avg/a": torch.zeros(64)}
    store.save(Checkpoint(step=3, weights={"a": torch.arange(64.0)}, optimizer=optimizer, state={"step": 3}))
    whole = store.newest(CPU)
    assert whole is not None
    assert whole.state == {"step": 3}
    path = tmp_path / "out.training" / "step-00000003" / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)
    with pytest.raises(XltError, match="not what was written"):
        store.newest(CPU)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with Store(tmp_path / "out.training").locked():
        with (
            pytest.raises(XltError, match="another process is training here"),
            Store(tmp_path / "out.training").locked(),
        ):
            pass
        with Store(tmp_path / "other.training").locked():
            pass
    with Store(tmp_path / "out.training").locked():
        pass
    assert list(tmp_path.iterdir()) == []


def damaged(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(("old", "new"), [('"step": 5, ', ""), ('"step": 5', '"step": 6'), ("null", "3"), ("{", "[{")])
def test_a_state_that_was_changed_is_not_gone_on_with(store: Store, old: str, new: str) -> None:
    store.save(at(5))
    damaged(store.folder / "step-00000005" / "state.json", old, new)
    with pytest.raises(
        XltError, match=r"step-00000005 is broken .*state\.json is not what was written.*--force begins"
    ):
        store.newest(CPU)


def test_a_checkpoint_of_0_1_is_read_and_its_step_must_be_its_folders(store: Store) -> None:
    store.save(at(5))
    (store.folder / "step-00000005" / "check.json").unlink()
    checkpoint = store.newest(CPU, ("step", "best_step"))
    assert checkpoint is not None
    assert checkpoint.step == 5
    with pytest.raises(XltError, match=r"state\.json is not what was written"):
        store.newest(CPU, ("step", "best_step", "sums"))
    damaged(store.folder / "step-00000005" / "state.json", '"step": 5, ', "")
    with pytest.raises(XltError, match=r"state\.json is not what was written"):
        store.newest(CPU)
    damaged(store.folder / "step-00000005" / "state.json", '"sha256"', '"sha257"')
    with pytest.raises(XltError, match=r"weights\.safetensors is not what was written"):
        store.newest(CPU)


def test_best_weights_that_were_damaged_are_not_taken(store: Store) -> None:
    store.save_best(4, {"w": torch.zeros(9)})
    path = store.folder / "best-00000004" / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-3] ^= 4
    path.write_bytes(data)
    with pytest.raises(XltError, match=r"the weights in .*best-00000004 are broken .*--force begins anew"):
        store.best(4, CPU)
    path.unlink()
    with pytest.raises(XltError, match="are broken"):
        store.best(4, CPU)


LINES = [b'{"step": 2, "loss": 1}\n', b'{"step": 4, "loss": 2}\n', b'{"step": 5, "loss": 3}\n']


@pytest.mark.parametrize(
    ("log", "kept", "warned"),
    [
        (b"".join(LINES), LINES, False),
        (b"".join(LINES) + b'{"step": 6}\n{"step": 7, "lo', LINES, False),
        (b"".join(LINES) + b"\xff\xfe\n", LINES, False),
        (b"".join(LINES) + LINES[2], [*LINES, LINES[2]], False),
        (LINES[0] + b'{"step": "\xff"}\n' + LINES[2], [LINES[0], LINES[2]], True),
        (LINES[0] + b"[4]\n{}\n" + b"[" * 5000 + b"\n", [LINES[0]], True),
        (b"".join(LINES)[:-4], LINES[:2], True),
        (LINES[0] + LINES[1].replace(b"2", b"3") + LINES[2], [LINES[0], LINES[1].replace(b"2", b"3"), LINES[2]], True),
        (None, None, True),
    ],
)
def test_a_damaged_log_is_mended_and_told(
    store: Store, caplog: pytest.LogCaptureFixture, log: bytes | None, kept: list[bytes] | None, warned: bool
) -> None:
    store.log.write_bytes(b"".join(LINES))
    store.save(at(5))
    store.log.unlink()
    if log is not None:
        store.log.write_bytes(log)
    store.keep_log_until(5)
    assert (store.log.read_bytes() if store.log.exists() else None) == (None if kept is None else b"".join(kept))
    assert ("are missing or broken" in caplog.text) == warned
    caplog.clear()
    store.keep_log_until(5)
    assert ("are missing or broken" in caplog.text) == warned
