import json
import os
import shutil
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from tests.checkpoints import FAMILIES, byte_level, sentencepiece
from xlt.encoders.batches import hidden_states
from xlt.encoders.load import Head, _check_sentencepiece, _tokenizer_sha256, load_encoder, model_input
from xlt.errors import OfflineError, XltError
from xlt.files.provenance import file_sha256, write_folder_record
from xlt.files.stamps import file_stamps


@pytest.fixture
def copy(checkpoints: Callable[..., Path], tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(checkpoints("bert"), folder)
    return folder


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("limit", [32, None])
def test_the_limit_is_what_the_model_really_takes(
    checkpoints: Callable[..., Path], family: str, limit: int | None
) -> None:
    encoder = load_encoder(str(checkpoints(family, limit)), device="cpu")
    assert encoder.max_length == 32
    assert (encoder.num_layers, encoder.dim) == (3, 32)
    with torch.inference_mode():
        encoder.model(input_ids=torch.full((1, encoder.max_length), 7))
    if "roberta" in family:
        with pytest.raises((IndexError, RuntimeError)), torch.inference_mode():
            encoder.model(input_ids=torch.full((1, encoder.max_length + 1), 7))


def test_a_shorter_limit_is_kept_and_a_longer_one_is_not(copy: Path) -> None:
    assert load_encoder(str(copy), device="cpu", max_length=9).max_length == 9
    assert load_encoder(str(copy), device="cpu", max_length=900).max_length == 32
    # Below the words of the first run.
    assert load_encoder(str(copy), device="cpu", max_length=4).max_length == 4


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_an_incomplete_folder_says_what_is_missing_and_there(copy: Path, name: str) -> None:
    if name == "tokenizer.json":
        (copy / "tokenizer_config.json").unlink()
    (copy / name).unlink()
    with pytest.raises(XltError, match=f"{name} missing; the folder holds .*"):
        load_encoder(str(copy), device="cpu")


@pytest.mark.parametrize("name", ["no/such/folder", "./nothing", "/nothing/here"])
def test_no_such_folder(name: str) -> None:
    with pytest.raises(XltError, match="no such checkpoint folder"):
        load_encoder(name, device="cpu")


def test_a_hub_name_without_network() -> None:
    with pytest.raises(OfflineError, match="some-org/some-model: neither a folder here nor a model in the hub's cache"):
        load_encoder("some-org/some-model", device="cpu")


def test_weights_of_another_architecture_are_refused(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    save_file({f"other.{k}": v for k, v in weights.items()}, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(XltError, match="the weights are not of this architecture"):
        load_encoder(str(copy), device="cpu")


def test_one_layer_missing_is_refused(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    rest = {k: v for k, v in weights.items() if ".2." not in k}
    assert len(rest) < len(weights)
    save_file(rest, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(XltError, match="tensors are missing"):
        load_encoder(str(copy), device="cpu")


def test_a_task_head_and_a_missing_pooler_are_no_reason_to_refuse(copy: Path) -> None:
    head = transformers.BertForMaskedLM(transformers.BertConfig.from_pretrained(copy))
    head.save_pretrained(copy)
    assert load_encoder(str(copy), device="cpu").num_layers == 3


def test_truncated_weights(copy: Path) -> None:
    data = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(XltError, match=r"cannot be loaded|broken or cut off"):
        load_encoder(str(copy), device="cpu")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_flipped_bit_in_what_xlt_wrote(copy: Path, name: str) -> None:
    (copy / "log.jsonl").write_text("{}\n")
    files: dict[str, Any] = {**file_stamps(sorted(copy.iterdir()))}
    write_folder_record(copy, {"step": "finetune", "files": files})
    (copy / "log.jsonl").unlink()
    encoder = load_encoder(str(copy), device="cpu")
    assert model_input(encoder).sha256 == files["model.safetensors"]["sha256"]
    path, before = copy / name, (copy / name).stat()
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(XltError, match=rf"{name} is damaged or was changed"):
        load_encoder(str(copy), device="cpu")


def test_a_pickle_that_runs_code_is_not_loaded(copy: Path, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "owned",)  # type: ignore[return-value]

    (copy / "model.safetensors").unlink()
    torch.save({"x": Evil()}, copy / "pytorch_model.bin")
    with pytest.raises(XltError):
        load_encoder(str(copy), device="cpu")
    assert not (tmp_path / "owned").exists()


def test_code_of_the_checkpoint_is_not_run(copy: Path, tmp_path: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "evil.Model", "AutoConfig": "evil.Config"}
    config["model_type"] = "evil"
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "evil.py").write_text(f"open({str(tmp_path / 'owned')!r}, 'w')\n")
    with pytest.raises(XltError):
        load_encoder(str(copy), device="cpu")
    assert not (tmp_path / "owned").exists()


def test_an_encoder_decoder_is_refused(copy: Path) -> None:
    config = transformers.T5Config(vocab_size=220, d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=2)
    transformers.T5Model(config).save_pretrained(copy)
    with pytest.raises(XltError, match="encoder-decoder"):
        load_encoder(str(copy), device="cpu")


def test_identity_of_the_model(copy: Path) -> None:
    item = model_input(load_encoder(str(copy), device="cpu"))
    assert item.sha256 == file_sha256(copy / "model.safetensors")
    assert item.facts["tokenizer_sha256"] == file_sha256(copy / "tokenizer.json")
    assert item.record is None


LABELS = ["DET", "NOUN", "VERB"]


def on_top(name: str, head: Head, labels: list[str] | None, seed: int = 1) -> dict[str, torch.Tensor]:
    """The weights of a classifier."""
    torch.manual_seed(seed)
    encoder = load_encoder(name, head=head, labels=labels, device="cpu")
    body = {id(p) for p in encoder.body.parameters()}
    return {n: p.detach() for n, p in encoder.model.named_parameters() if id(p) not in body}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("head", ["tokens", "sentences"])
def test_a_new_classifier(checkpoints: Callable[..., Path], family: str, head: Head) -> None:
    encoder = load_encoder(str(checkpoints(family)), head=head, labels=LABELS, device="cpu")
    assert encoder.labels == LABELS
    assert encoder.model.config.label2id == {"DET": 0, "NOUN": 1, "VERB": 2}
    with torch.no_grad():
        logits = encoder.model(input_ids=torch.tensor([[2, 7, 8, 3]])).logits
    assert logits.shape == ((1, 4, 3) if head == "tokens" else (1, 3))
    # The encoder underneath is that of the checkpoint.
    bare = load_encoder(str(checkpoints(family)), device="cpu").model.state_dict()
    body = encoder.body.state_dict()
    assert all(torch.equal(body[n], bare[n]) for n in body if n in bare and "pooler" not in n)


def test_a_new_classifier_follows_the_generator(checkpoints: Callable[..., Path]) -> None:
    name = str(checkpoints("bert"))
    one, same, other = (on_top(name, "tokens", LABELS, seed)["classifier.weight"] for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("head", ["tokens", "sentences"])
def test_a_classifier_stays_for_its_labels_and_is_made_anew_for_others(
    checkpoints: Callable[..., Path], family: str, head: Head, tmp_path: Path
) -> None:
    encoder = load_encoder(str(checkpoints(family)), head=head, labels=LABELS, device="cpu")
    body = {id(p) for p in encoder.body.parameters()}
    with torch.no_grad():
        for parameter in encoder.model.parameters():
            if id(parameter) not in body:
                parameter.fill_(7.0)
    encoder.model.save_pretrained(tmp_path / "trained")
    encoder.text_tokenizer.save_pretrained(tmp_path / "trained")
    trained = str(tmp_path / "trained")
    for labels in (LABELS, None):
        assert all(bool((p == 7).all()) for p in on_top(trained, head, labels).values())
    assert load_encoder(trained, head=head, device="cpu").labels == LABELS
    for labels in (["ADP", "NOUN", "VERB"], ["NOUN", "DET", "VERB"], [*LABELS, "X"], ["A", "B"]):
        assert not any(bool((p == 7).any()) for p in on_top(trained, head, labels).values()), labels
        assert load_encoder(trained, head=head, labels=labels, device="cpu").labels == labels


def test_a_classifier_that_is_not_there(checkpoints: Callable[..., Path]) -> None:
    name = str(checkpoints("bert"))
    for head, said in (
        ("tokens", "was not trained to tag words .*; xlt finetune makes one"),
        ("sentences", "was not trained to classify sentences .*; xlt finetune makes one"),
        ("masked", "has no head for masked language modelling"),
    ):
        with pytest.raises(XltError, match=said):
            load_encoder(name, head=head, device="cpu")  # type: ignore[arg-type]


def test_a_body_of_another_shape_is_refused_with_a_new_classifier_too(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    name = next(n for n in weights if n.endswith("layer.1.output.dense.weight"))
    weights[name] = weights[name][:, :-3].contiguous()
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    for head, labels in (("none", None), ("tokens", LABELS)):
        with pytest.raises(XltError, match=r"another shape|cannot be loaded"):
            load_encoder(str(copy), head=head, labels=labels, device="cpu")  # type: ignore[arg-type]


def saved(folder: Path, model: transformers.PreTrainedModel, tokenizer: object) -> str:
    """A model that no family of tests/checkpoints.py has, with its tokenizer, in a folder."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)  # type: ignore[attr-defined]
    return str(folder)


_T5 = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2}


@pytest.mark.parametrize("family", ["T5", "MT5", "UMT5"])
def test_the_encoder_of_an_encoder_decoder_alone(tmp_path: Path, family: str) -> None:
    tokenizer = sentencepiece()
    config = getattr(transformers, f"{family}Config")(vocab_size=len(tokenizer), **_T5)
    name = saved(tmp_path / "m", getattr(transformers, f"{family}EncoderModel")(config), tokenizer)
    bare = load_encoder(name, device="cpu")
    assert (bare.num_layers, bare.dim) == (2, 16)
    tagger = load_encoder(name, head="tokens", labels=LABELS, device="cpu")
    again = load_encoder(saved(tmp_path / "tagger", tagger.model, tokenizer), device="cpu")
    for key, value in bare.model.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[key]), key
    for head in ("sentences", "masked"):
        with pytest.raises(XltError, match=r"the encoder of an encoder-decoder .* alone"):
            load_encoder(name, head=head, labels=LABELS if head == "sentences" else None, device="cpu")


def test_canine_gives_its_last_layer(tmp_path: Path) -> None:
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = transformers.CanineConfig(max_position_embeddings=128, num_hash_buckets=128, **size)
    name = saved(tmp_path / "m", transformers.CanineModel(config), transformers.CanineTokenizer())
    encoder = load_encoder(name, device="cpu")
    inputs = {"input_ids": torch.arange(1, 13)[None]}
    (last,) = hidden_states(encoder.model, inputs, [2], 2)
    assert last.shape == (1, 12, 16)
    with pytest.raises(XltError, match="only layer -1 can be had"):
        hidden_states(encoder.model, inputs, [0, 2], 2)
    assert load_encoder(name, head="tokens", labels=LABELS, device="cpu").labels == LABELS
    assert model_input(encoder).facts["tokenizer_sha256"]


def test_a_decoder_classifies_texts_at_the_last_token_that_is_no_padding(tmp_path: Path) -> None:
    tokenizer = byte_level()
    tokenizer.pad_token = None
    tokenizer.eos_token = "</s>"
    config = transformers.GPT2Config(vocab_size=len(tokenizer), n_embd=16, n_layer=2, n_head=2, n_positions=64)
    name = saved(tmp_path / "m", transformers.GPT2LMHeadModel(config), tokenizer)
    encoder = load_encoder(name, head="sentences", labels=LABELS, device="cpu")
    assert encoder.model.config.pad_token_id == encoder.tokenizer.pad_id == tokenizer.eos_token_id
    again = load_encoder(
        saved(tmp_path / "trained", encoder.model, encoder.text_tokenizer), head="sentences", device="cpu"
    )
    assert again.model.config.pad_token_id == tokenizer.eos_token_id


@pytest.mark.parametrize("names", [["spm.model"], ["spm.model", "added_tokens.json"], []])
def test_every_kind_of_tokenizer_has_a_hash(tmp_path: Path, names: list[str]) -> None:
    tokenizer = SimpleNamespace(vocab_files_names={"vocab_file": "spm.model", "tokenizer_file": "tokenizer.json"})
    for name in [*names, "tokenizer_config.json"]:
        (tmp_path / name).write_text(name)
    whole = _tokenizer_sha256(tmp_path, tokenizer)
    assert whole is not None
    for name in [*names, "tokenizer_config.json"]:
        (tmp_path / name).write_text("changed")
        assert _tokenizer_sha256(tmp_path, tokenizer) != whole
        (tmp_path / name).write_text(name)
    # What had a hash keeps it: those of the usual files, in their order.
    (tmp_path / "vocab.txt").write_text("a")
    assert _tokenizer_sha256(tmp_path, tokenizer) == sha256(file_sha256(tmp_path / "vocab.txt").encode()).hexdigest()


def test_the_package_that_is_missing_is_named(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    (copy / "tokenizer.json").unlink()
    (copy / "sentencepiece.bpe.model").write_bytes(b"x")
    with pytest.raises(XltError, match=r"needs the package sentencepiece: pip install 'xlt\[sentencepiece\]'"):
        _check_sentencepiece(str(copy), ValueError("tiktoken is required"))


def test_more_layers_than_anybody_has(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 10**400}))
    with pytest.raises(XltError, match=r"config.json.*num_hidden_layers is above 10,000"):
        load_encoder(str(copy), device="cpu")
