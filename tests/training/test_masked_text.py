import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checkpoints import TEXT
from xlt.training.masked_text import BatchPlan, Sequences, both, line_sequences, masked, pair_sequences
from xlt.training.vocabulary import learn_tokenizer

TOKENIZER = learn_tokenizer(TEXT, 150, 32)
CLS, SEP = TOKENIZER.cls_token_id, TOKENIZER.sep_token_id


def rows(sequences: Sequences) -> list[list[int]]:
    return [part.tolist() for part in np.split(sequences.ids, sequences.offsets[1:-1])]


def test_a_line_is_a_sequence_and_a_long_one_several() -> None:
    lines = ["God", "", "the heavens and the earth", "God"]
    plain = [TOKENIZER(line, add_special_tokens=False)["input_ids"] for line in lines]
    found = rows(line_sequences(TOKENIZER, lines, 6))
    expected = [[CLS, *one[i : i + 4], SEP] for one in plain for i in range(0, len(one), 4)]
    assert len(plain[2]) > 4
    assert found == expected


def test_a_sentence_pair_is_one_sequence_with_two_segments() -> None:
    found = pair_sequences(TOKENIZER, ["God", "the"], ["Dieu", "la terre"], 32)
    encoded = TOKENIZER(["God", "the"], ["Dieu", "la terre"])
    assert rows(found) == encoded["input_ids"]
    joined = both(line_sequences(TOKENIZER, ["God"], 32), found)
    assert rows(joined) == [TOKENIZER("God")["input_ids"], *encoded["input_ids"]]


@given(st.lists(st.integers(2, 30), min_size=1, max_size=300), st.integers(1, 9), st.integers(0, 3))
def test_every_epoch_sees_each_sequence_once(lengths: list[int], batch_size: int, epoch: int) -> None:
    plan = BatchPlan(np.array(lengths), batch_size, 7)
    steps = range(epoch * plan.steps_per_epoch, (epoch + 1) * plan.steps_per_epoch)
    batches = [plan.rows(step) for step in steps]
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert max(map(len, batches)) <= batch_size


def test_batches_hold_sequences_of_like_length_in_another_order_every_epoch() -> None:
    lengths = np.random.default_rng(0).integers(2, 100, 1000)
    plan = BatchPlan(lengths, 10, 7)
    spread = np.mean([np.ptp(lengths[plan.rows(step)]) for step in range(plan.steps_per_epoch)])
    assert spread < 5
    assert sorted(plan.rows(0).tolist()) != sorted(plan.rows(plan.steps_per_epoch).tolist())


def test_fifteen_percent_are_hidden_and_special_tokens_never() -> None:
    n = 40_000
    ids = np.tile(np.array([CLS, *range(10, 18), SEP]), n // 10)
    sequences = Sequences(ids, np.arange(0, n + 1, 10), np.zeros(n, np.int64))
    special = np.array(sorted(TOKENIZER.all_special_ids))
    batch = masked(sequences, special, TOKENIZER.mask_token_id, 150, 1, "mask", 0)
    shown = batch.sequences.ids
    assert len(batch.at) / (0.8 * n) == pytest.approx(0.15, abs=0.01)
    assert (batch.gold == ids[batch.at]).all()
    assert not np.isin(ids[batch.at], special).any()
    elsewhere = np.setdiff1d(np.arange(n), batch.at)
    assert (shown[elsewhere] == ids[elsewhere]).all()
    mask = shown[batch.at] == TOKENIZER.mask_token_id
    kept = shown[batch.at] == batch.gold
    assert mask.mean() == pytest.approx(0.8, abs=0.02)
    assert kept.mean() == pytest.approx(0.1, abs=0.02)
    assert not np.isin(shown[batch.at][~mask], special).any()
    again = masked(sequences, special, TOKENIZER.mask_token_id, 150, 1, "mask", 0)
    other = masked(sequences, special, TOKENIZER.mask_token_id, 150, 1, "mask", 1)
    assert (again.sequences.ids == shown).all()
    assert (other.sequences.ids != shown).any()
