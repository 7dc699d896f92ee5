"""Random numbers that are the same on every machine and with every version of every library: integers alone.

A stream is a 64-bit key; the number at a counter is the SplitMix64 output function (Steele, Lea and Flood 2014,
"Fast splittable pseudorandom number generators") of key + (counter + 1) x gamma. Nothing is consumed: whoever asks
again for the same counter gets the same number, so that neither the order of questions nor the size of batches matters.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xlt.arrays import Bools, Ints

Bits = npt.NDArray[np.uint64]

WHOLE = 1000  # shares are whole thousandths
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
_HALF = np.uint64(32)


def mixed(bits: Bits) -> Bits:
    """The output function of SplitMix64: a bijection of 64-bit numbers whose result looks random."""
    bits = (bits ^ (bits >> _SHIFTS[0])) * _FACTORS[0]
    bits = (bits ^ (bits >> _SHIFTS[1])) * _FACTORS[1]
    return bits ^ (bits >> _SHIFTS[2])


@dataclass(frozen=True)
class Stream:
    """Random numbers by counter.

    Attributes:
        key: 64 bits.
    """

    key: int

    def child(self, *names: str | int) -> "Stream":
        """An independent stream with a name of its own."""
        text = "/".join(map(str, (self.key, *names)))
        return Stream(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little"))

    def bits(self, counters: Ints) -> Bits:
        """64 random bits for each counter."""
        return mixed(np.uint64(self.key) + (counters.astype(np.uint64) + np.uint64(1)) * _GAMMA)

    def below(self, n: int, counters: Ints) -> Ints:
        """A number from 0 to n - 1 for each counter, n at most 2^31; no number is favoured by more than n / 2^32."""
        return ((self.bits(counters) >> _HALF) * np.uint64(n) >> _HALF).astype(np.int64)

    def chance(self, share: int, counters: Ints) -> Bools:
        """True for a share of the counters, in thousandths."""
        return self.below(WHOLE, counters) < share

    def pick(self, cumulative: Ints, counters: Ints) -> Ints:
        """An index for each counter, drawn by cumulated whole-number weights whose total is at most 2^31."""
        return np.searchsorted(cumulative, self.below(int(cumulative[-1]), counters), side="right")

    def shuffled(self, n: int) -> Ints:
        """The numbers from 0 to n - 1 in random order."""
        return np.argsort(self.bits(np.arange(n)), kind="stable")


def zipf(n: int, offset: int) -> Ints:
    """Cumulated weights of n ranks by the law of Zipf and Mandelbrot with exponent 1: rank r has 1 / (r + offset)."""
    return np.cumsum(2**24 // (np.arange(1, n + 1) + offset))
