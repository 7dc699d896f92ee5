import torch

from tests.training.material import CPU
from xlt.training.randomness import seeded


def test_the_same_parts_give_the_same_numbers_and_others_others() -> None:
    drawn = []
    for parts in [(1, 2, "task"), (1, 2, "task"), (1, 2, "realignment"), (1, 3, "task")]:
        with seeded(CPU, *parts):
            drawn.append(tuple(torch.rand(4).tolist()))
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3


def test_what_was_drawn_before_goes_on_after_it() -> None:
    torch.manual_seed(5)
    expected = torch.rand(6)
    torch.manual_seed(5)
    first = torch.rand(3)
    with seeded(CPU, "anything"):
        torch.rand(100)
    assert torch.equal(torch.cat((first, torch.rand(3))), expected)


def test_an_error_inside_leaves_nothing_behind() -> None:
    before = torch.random.get_rng_state()
    try:
        with seeded(CPU, "x"):
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert torch.equal(torch.random.get_rng_state(), before)
