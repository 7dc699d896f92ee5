import pytest

from xlt.training.schedule import rate_factor


def test_linear_by_hand() -> None:
    # 10 steps, the first 3 rise; then 7 fall towards 0, which no step has.
    expected = [1 / 3, 2 / 3, 1, 7 / 7, 6 / 7, 5 / 7, 4 / 7, 3 / 7, 2 / 7, 1 / 7]
    assert [rate_factor(s, 10, "linear", 0.3) for s in range(10)] == pytest.approx(expected)


def test_a_tenth_is_rounded_up() -> None:
    assert [rate_factor(s, 15, "linear", 0.1) for s in range(3)] == pytest.approx([1 / 2, 1, 13 / 13])


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.9])
def test_every_step_moves_the_weights_and_none_more_than_the_rate(steps: int, warmup: float) -> None:
    factors = [rate_factor(s, steps, "linear", warmup) for s in range(steps)]
    assert all(0 < f <= 1 for f in factors)
    assert max(factors) == 1


def test_without_warmup_it_only_falls() -> None:
    assert [rate_factor(s, 4, "linear", 0.0) for s in range(4)] == [1, 0.75, 0.5, 0.25]


def test_constant() -> None:
    assert {rate_factor(s, 9, "constant", 0.1) for s in range(9)} == {1.0}
