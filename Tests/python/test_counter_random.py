"""Random numbers by their places in a stream: the same everywhere."""

import math
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from subject import needs_martlet

pytestmark = needs_martlet

MASK = 2**32 - 1


def philox(counter, key):
    """Philox 4x32 with ten rounds, on Python's integers."""
    a, b, c, d = counter
    for r in range(10):
        first, second = 0xD2511F53 * a, 0xCD9E8D57 * c
        k0, k1 = (key[0] + r * 0x9E3779B9) & MASK, (key[1] + r * 0xBB67AE85) & MASK
        a, b, c, d = second >> 32 ^ b ^ k0, second & MASK, first >> 32 ^ d ^ k1, first & MASK
    return a, b, c, d


def halves(word):
    return word & MASK, word >> 32


def words(generator, position):
    a, b, c, d = philox((*halves(position), *halves(generator.stream)), halves(generator._key))
    return a | b << 32, c | d << 32


# Of the authors' tests of their implementation.
@pytest.mark.parametrize(
    ("counter", "key", "result"),
    [
        ((0,) * 4, (0,) * 2, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((MASK,) * 4, (MASK,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_the_algorithm_is_philox(counter, key, result):
    assert philox(counter, key) == result


def made(seed=7, **options):
    from martlet.random import generator

    return generator(seed, **options)


def test_numbers_are_those_of_their_blocks():
    for stream, start in ((0, 0), (2**40 + 3, 2**64 - 3), (5, 2**32 - 2)):
        g = made(stream=stream)
        g.position = start
        bits = np.asarray(g.integers(0, 2**64, 6, dtype=np.uint64))
        both = [words(g, (start + i) % 2**64) for i in range(6)]
        assert bits.tolist() == [first for first, _ in both]
        assert g.position == (start + 6) % 2**64
        g.position = start
        assert np.asarray(g.random(6)).tolist() == [(first >> 11) * 2.0**-53 for first, _ in both]
        g.position = start
        assert np.asarray(g.random(6, np.float32)).tolist() == [
            (first >> 40) * 2.0**-24 for first, _ in both
        ]
        g.position = start
        normal = [
            math.sqrt(-2 * math.log(((first >> 11) + 1) * 2.0**-53))
            * math.cos((second >> 11) * 2.0**-53 * 2 * math.pi)
            for first, second in both
        ]
        np.testing.assert_allclose(np.asarray(g.standard_normal(6)), normal, rtol=1e-13)
        g.position = start
        assert np.asarray(g.integers(-5, 5, 6)).tolist() == [
            -5 + (first * 10 >> 64) for first, _ in both
        ]


def test_a_draw_is_the_same_in_pieces_and_shapes():
    whole = np.asarray(made().normal(size=(30, 40)))
    g = made()
    parts = [np.asarray(g.normal(size=n)) for n in (1, 199, 1000)]
    assert np.array_equal(np.concatenate(parts), whole.ravel())
    g = made()
    assert g.normal() == whole[0, 0]
    assert type(g.normal()) is np.float64


def bits(device):
    results = []
    for draw in (
        lambda g: g.random(1000),
        lambda g: g.random(1000, np.float32),
        lambda g: g.normal(1.5, 2.5, (20, 50)),
        lambda g: g.normal(size=1000, dtype=np.float32),
        lambda g: g.integers(-7, 1000, 1000),
        lambda g: g.integers(0, 256, 1000, dtype=np.uint8),
        lambda g: g.integers(0, 2, 1000, dtype=bool),
    ):
        array = draw(made(device=device))
        assert array.device == device
        results.append(np.asarray(array).tobytes())
    return results


def test_every_device_has_the_same_bits():
    import martlet

    expected = bits("cpu")
    others = [str(d) for d in martlet.devices() if str(d) != "cpu"]
    assert "simulator" in others
    for device in others:
        assert bits(device) == expected


def test_any_number_of_threads_has_the_same_bits():
    code = (
        "import hashlib, numpy as np; from martlet.random import generator; g = generator(3)\n"
        "text = [np.asarray(x).tobytes() for x in (g.random(10**6), g.normal(size=10**6))]\n"
        "print(hashlib.sha256(b''.join(text)).hexdigest())"
    )
    results = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "MARTLET_THREADS": count},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for count in ("1", "2", "5")
    }
    assert len(results) == 1


def test_the_numbers_are_spread_as_they_should():
    g = made(11)
    n = 200_000
    u = np.asarray(g.uniform(2, 4, n))
    assert u.min() >= 2
    assert u.max() < 4
    counts, _ = np.histogram(u, 64)
    # 63 degrees of freedom: beyond 130 is less likely than one in a million.
    assert ((counts - n / 64) ** 2 / (n / 64)).sum() < 130
    z = np.asarray(g.standard_normal(n))
    assert abs(z.mean()) < 5 / math.sqrt(n)
    assert abs(z.std() - 1) < 5 / math.sqrt(2 * n)
    assert abs((z**3).mean()) < 5 * math.sqrt(15 / n)
    assert abs((z**4).mean() - 3) < 5 * math.sqrt(96 / n)
    dice = np.bincount(np.asarray(g.integers(1, 6, n, endpoint=True)), minlength=7)
    assert dice[0] == 0
    assert ((dice[1:] - n / 6) ** 2 / (n / 6)).sum() < 40
    other = np.asarray(made(11, stream=1).standard_normal(n))
    first = np.asarray(made(11).standard_normal(n))
    assert abs(np.corrcoef(first, other)[0, 1]) < 5 / math.sqrt(n)


def test_seeds_and_states():
    assert made(3).random() == made(3).random()
    assert made(3).random() != made(4).random()
    assert made(None).random() != made(None).random()
    assert made([1, 2]).random() == made(np.random.SeedSequence([1, 2])).random()
    g = made(device="simulator")
    g.random(10)
    other = pickle.loads(pickle.dumps(g))
    assert other.position == 10
    assert other.device == "simulator"
    assert other.random().item() == g.random().item()
    assert "stream=0" in repr(g)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda g: g.random(-1), ValueError),
        (lambda g: g.random(3, np.float16), TypeError),
        (lambda g: g.random(3, int), TypeError),
        (lambda g: g.random("a"), TypeError),
        (lambda g: g.random(2**70), ValueError),
        (lambda g: g.random((2**31,) * 3), ValueError),
        (lambda g: g.normal(0, -1), ValueError),
        (lambda g: g.uniform(-1e308, 1e308), OverflowError),
        (lambda g: g.integers(5, 5), ValueError),
        (lambda g: g.integers(0, 300, dtype=np.uint8), ValueError),
        (lambda g: g.integers(-1, 3, dtype=np.uint8), ValueError),
        (lambda g: g.integers(0, 3, dtype=float), TypeError),
        (lambda g: g.integers(0.5, 3), TypeError),
        (lambda g: made(-1), ValueError),
        (lambda g: made(stream=-1), ValueError),
        (lambda g: made(device="nowhere"), Exception),
    ],
)
def test_refusals(call, error):
    with pytest.raises(error):
        call(made())
