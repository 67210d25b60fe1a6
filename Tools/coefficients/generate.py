#!/usr/bin/env python3
"""Writes Sources/MartletIR/Math/Coefficients.swift: every polynomial and constant of MathLibrary.

Polynomials are minimax ones, by Remez's exchange in 80-digit arithmetic; the output says for each
the error that is left of the result. Needs mpmath.
"""

import pathlib

import mpmath as mp

mp.mp.dps = 80

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Sources/MartletIR/Math/Coefficients.swift"
LINES = []


def rounded(value, bits):
    """`value` rounded to `bits` significant bits, ties to even."""
    value = mp.mpf(value)
    if value == 0:
        return value
    exponent = int(mp.floor(mp.log(abs(value), 2))) + 1
    scale = mp.mpf(2) ** (bits - exponent)
    return mp.nint(value * scale) / scale


def literal(value, bits):
    """Swift's hexadecimal literal of `value` rounded to a double or float."""
    text = float(rounded(value, bits)).hex()
    mantissa, exponent = text.split("p")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}p{int(exponent)}"


def emit(name, values, bits, comment):
    texts = [literal(value, bits) for value in values]
    LINES.append(f"  /// {comment}")
    if len(texts) == 1:
        LINES.append(f"  static let {name} = {texts[0]}")
    else:
        LINES.append(f"  static let {name}: [Double] = [")
        for start in range(0, len(texts), 4):
            LINES.append("    " + ", ".join(texts[start : start + 4]) + ",")
        LINES.append("  ]")


def minimax(function, weight, low, high, count):
    """Remez's exchange on a grid: the polynomial of `count` coefficients whose weighted error
    alternates between equal extremes."""
    size = 60 * count
    middle, half = (mp.mpf(low) + mp.mpf(high)) / 2, (mp.mpf(high) - mp.mpf(low)) / 2
    grid = [middle - half * mp.cos(mp.pi * (i + mp.mpf(1) / 2) / size) for i in range(size)]
    values = [function(x) for x in grid]
    weights = [weight(x, mp.mpf(1)) for x in grid]
    chosen = [round((size - 1) * i / count) for i in range(count + 1)]
    for _ in range(12):
        matrix, right = mp.matrix(count + 1, count + 1), mp.matrix(count + 1, 1)
        for row, i in enumerate(chosen):
            for k in range(count):
                matrix[row, k] = weights[i] * grid[i] ** k
            matrix[row, count] = (-1) ** row
            right[row] = weights[i] * values[i]
        solution = mp.lu_solve(matrix, right)
        powers = [solution[k] for k in range(count)]
        errors = [weights[i] * (mp.polyval(powers[::-1], grid[i]) - values[i]) for i in range(size)]
        # The largest error of each run of one sign, then the best count + 1 neighbours of those.
        extremes = []
        for i, error in enumerate(errors):
            if extremes and (errors[extremes[-1]] > 0) == (error > 0):
                if abs(error) > abs(errors[extremes[-1]]):
                    extremes[-1] = i
            else:
                extremes.append(i)
        while len(extremes) > count + 1:
            weaker_end = 0 if abs(errors[extremes[0]]) < abs(errors[extremes[-1]]) else -1
            extremes.pop(weaker_end)
        if len(extremes) < count + 1 or extremes == chosen:
            break
        chosen = extremes
    return powers


def polynomial(name, function, low, high, count, bits, relative, meaning):
    """Emits coefficients, lowest power first. `relative(x, error)` turns an error of the
    polynomial into one of the result, for the comment."""
    values = minimax(function, relative, low, high, count)
    used = [rounded(value, bits) for value in values]
    worst = mp.mpf(0)
    for i in range(400):
        x = mp.mpf(low) + (mp.mpf(high) - mp.mpf(low)) * (i + mp.mpf(1) / 3) / 400
        error = mp.polyval(used[::-1], x) - function(x)
        worst = max(worst, abs(relative(x, error)))
    emit(name, values, bits, f"{meaning}; error 2^{float(mp.log(worst, 2)):.1f}.")


def split(value, bits, parts, first=None):
    """`value` as a sum of `parts` numbers of `bits` bits (the first of `first` bits)."""
    rest, result = mp.mpf(value), []
    for i in range(parts):
        part = rounded(rest, first if first and i == 0 else bits)
        result.append(part)
        rest -= part
    return result


# MARK: the functions that polynomials stand for, each accurate near zero


def exp_tail(r):
    """(e^r - 1 - r - r^2/2) / r^3"""
    return mp.fsum(r**k / mp.factorial(k + 3) for k in range(40))


def sin_tail(z):
    """(sin(r)/r - 1) / z with z = r^2"""
    return mp.fsum((-1) ** (k + 1) * z**k / mp.factorial(2 * k + 3) for k in range(30))


def cos_tail(z):
    """(cos(r) - 1 + z/2) / z^2 with z = r^2"""
    return mp.fsum((-1) ** k * z**k / mp.factorial(2 * k + 4) for k in range(30))


def atanh_tail(skip):
    """(2 atanh(s) - the first `skip` terms) / s^(2 skip + 1), of z = s^2"""

    def value(z):
        return mp.fsum(2 * z**k / (2 * (k + skip) + 1) for k in range(120))

    return value


def atan_tail(z):
    """(atan(t)/t - 1) / z with z = t^2"""
    if z < mp.mpf("0.25"):
        return mp.fsum((-1) ** (k + 1) * z**k / (2 * k + 3) for k in range(110))
    t = mp.sqrt(z)
    return (mp.atan(t) / t - 1) / z


def asin_tail(z):
    """(asin(t)/t - 1) / z with z = t^2"""
    if z < mp.mpf("0.01"):
        return mp.fsum(
            mp.binomial(2 * k, k) / mp.mpf(4) ** k / (2 * k + 1) * z ** (k - 1)
            for k in range(1, 40)
        )
    t = mp.sqrt(z)
    return (mp.asin(t) / t - 1) / z


def erfc_scaled(x):
    """x exp(x^2) erfc(x)"""
    return x * mp.exp(x * x) * mp.erfc(x)


def main():
    ln2, pi = mp.log(2), mp.pi
    half_ln2 = ln2 / 2 * mp.mpf("1.0005")
    quarter_pi = pi / 4 * mp.mpf("1.006")
    largest_s = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1) * mp.mpf("1.0001")

    for suffix, bits, counts in (
        ("64", 53, dict(exp=10, sin=7, cos=6, log=7, asin=13, atan=11)),
        ("32", 24, dict(exp=5, sin=4, cos=3, log=3, asin=5, atan=5)),
    ):
        polynomial(
            f"exponential{suffix}",
            exp_tail,
            -half_ln2,
            half_ln2,
            counts["exp"],
            bits,
            lambda r, e: e * r**3 / mp.exp(r),
            "e^r = 1 + r + r^2/2 + r^3 p(r), |r| <= ln(2)/2",
        )
        polynomial(
            f"inverseCubeRoot{suffix}",
            lambda m: m ** (mp.mpf(-1) / 3),
            mp.sqrt(2) / 2 * mp.mpf("0.9999"),
            mp.sqrt(2) * mp.mpf("1.0001"),
            5,
            bits,
            lambda m, e: e * m ** (mp.mpf(1) / 3),
            "m^(-1/3), sqrt(1/2) <= m <= sqrt(2)",
        )
        for label, value in (
            ("inverseCubeRootOf2", mp.mpf(2) ** (mp.mpf(-1) / 3)),
            ("cubeRootOf2", mp.mpf(2) ** (mp.mpf(1) / 3)),
        ):
            emit(f"{label}_{suffix}", [value], bits, f"{label}, rounded.")
        polynomial(
            f"arctangent{suffix}",
            atan_tail,
            0,
            mp.mpf("0.41422") ** 2,
            counts["atan"],
            bits,
            lambda z, e: e * z,
            "atan t = t + t^3 p(t^2), |t| <= tan(pi/8)",
        )
        polynomial(
            f"arcsine{suffix}",
            asin_tail,
            0,
            mp.mpf("0.2501"),
            counts["asin"],
            bits,
            lambda z, e: e * z,
            "asin t = t + t^3 p(t^2), |t| <= 1/2",
        )
        polynomial(
            f"sine{suffix}",
            sin_tail,
            0,
            quarter_pi**2,
            counts["sin"],
            bits,
            lambda z, e: e * z * mp.sqrt(z) / mp.sin(mp.sqrt(z)),
            "sin r = r + r^3 p(r^2), |r| <= pi/4",
        )
        polynomial(
            f"cosine{suffix}",
            cos_tail,
            0,
            quarter_pi**2,
            counts["cos"],
            bits,
            lambda z, e: e * z * z / mp.cos(mp.sqrt(z)),
            "cos r = 1 - r^2/2 + r^4 p(r^2), |r| <= pi/4",
        )
        polynomial(
            f"logarithm{suffix}",
            atanh_tail(1),
            0,
            largest_s**2,
            counts["log"],
            bits,
            lambda z, e: e * z / 2,
            "log((1+s)/(1-s)) = 2s + s^3 p(s^2)",
        )
        # ln 2 in parts; the first has enough zeros at its end that n times it is exact.
        hi, lo = split(ln2, bits, 2, first=bits - 12 if bits == 53 else bits - 9)
        emit(f"ln2High{suffix}", [hi], bits, "ln 2, with zeros at the end.")
        emit(f"ln2Low{suffix}", [lo], bits, "The rest of ln 2.")
        third = split(ln2, bits, 2)
        emit(f"ln2_{suffix}", [third[0]], bits, "ln 2, rounded.")
        emit(f"ln2Rest{suffix}", [third[1]], bits, "What rounding left of ln 2.")
        for label, value in (
            ("log2E", 1 / ln2),
            ("log10E", 1 / mp.log(10)),
            ("twoThirds", mp.mpf(2) / 3),
            ("twoOverPi", 2 / pi),
        ):
            first, second = split(value, bits, 2)
            emit(f"{label}{suffix}", [first], bits, f"{label}, rounded.")
            emit(f"{label}Rest{suffix}", [second], bits, f"What rounding left of {label}.")
        hi, lo = split(mp.log10(2), bits, 2, first=bits - 12 if bits == 53 else bits - 9)
        emit(f"log10Of2High{suffix}", [hi], bits, "log10 2, with zeros at the end.")
        emit(f"log10Of2Low{suffix}", [lo], bits, "The rest of log10 2.")
        for i, part in enumerate(split(pi / 2, bits, 4)):
            emit(f"halfPi{i}_{suffix}", [part], bits, f"Part {i} of pi/2.")

    polynomial(
        "logarithmExtended64",
        atanh_tail(2),
        0,
        largest_s**2,
        8,
        53,
        lambda z, e: e * z * z / 2,
        "log((1+s)/(1-s)) = 2s + s^3 (2/3 + s^2 p(s^2))",
    )
    # Single precision computed in double: errors well below a float's.
    for name, function, low, high, count, relative, meaning in (
        (
            "exponentialShort",
            exp_tail,
            -half_ln2,
            half_ln2,
            5,
            lambda r, e: e * r**3 / mp.exp(r),
            "e^r = 1 + r + r^2/2 + r^3 p(r), |r| <= ln(2)/2",
        ),
        (
            "logarithmShort",
            atanh_tail(1),
            0,
            largest_s**2,
            5,
            lambda z, e: e * z / 2,
            "log((1+s)/(1-s)) = 2s + s^3 p(s^2)",
        ),
    ):
        polynomial(name, function, low, high, count, 53, relative, meaning)

    polynomial(
        "errorFunction64",
        lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) if z else 2 / mp.sqrt(pi),
        0,
        mp.mpf("0.8438") ** 2,
        12,
        53,
        lambda z, e: e * mp.sqrt(z) / mp.erf(mp.sqrt(z)) if z else e * mp.sqrt(pi) / 2,
        "erf x = x p(x^2), |x| <= 27/32",
    )
    first, last = mp.mpf("0.8437"), mp.mpf(28)
    polynomial(
        "complementaryErrorFunction64",
        lambda t: erfc_scaled(3 * (1 + t) / (1 - t)),
        (first - 3) / (first + 3),
        (last - 3) / (last + 3),
        24,
        53,
        lambda t, e: e / erfc_scaled(3 * (1 + t) / (1 - t)),
        "erfc x = exp(-x^2) p(t) / x, t = (x - 3) / (x + 3), 27/32 <= x <= 28",
    )

    # Near the point of expansion a difference quotient loses digits that the extra ones cover.
    def gamma_slope(t):
        return (mp.gamma(2 + t) - 1) / t if t else mp.digamma(2)

    def log_gamma_slope(t):
        return mp.loggamma(2 + t) / t if t else mp.digamma(2)

    def stirling_rest(z):
        """x times what Stirling's formula leaves of log Gamma(x), of z = 1 / x^2"""
        if not z:
            return mp.mpf(1) / 12
        x = 1 / mp.sqrt(z)
        return x * (mp.loggamma(x) - (x - 0.5) * mp.log(x) + x - mp.log(2 * pi) / 2)

    polynomial(
        "gamma64",
        gamma_slope,
        0,
        1,
        18,
        53,
        lambda t, e: e * t / mp.gamma(2 + t),
        "Gamma(2 + t) = 1 + t p(t), 0 <= t <= 1",
    )
    polynomial(
        "logGamma64",
        log_gamma_slope,
        mp.mpf(-1) / 2,
        mp.mpf(1) / 2,
        20,
        53,
        lambda t, e: e / log_gamma_slope(t),
        "log Gamma(2 + t) = t p(t), |t| <= 1/2",
    )
    polynomial(
        "stirling64",
        stirling_rest,
        0,
        mp.mpf(1) / 64,
        8,
        53,
        lambda z, e: e * mp.sqrt(z),
        "log Gamma(x) = (x - 1/2) log x - x + log(2 pi)/2 + p(1 / x^2) / x, x >= 8",
    )
    emit("rootOfTwoPi", [mp.sqrt(2 * pi)], 53, "sqrt(2 pi), rounded.")
    emit("halfLogOfTwoPi", [mp.log(2 * pi) / 2], 53, "log(2 pi) / 2, rounded.")

    # 2/pi as 32-bit words: x up to 2^1024 needs bits up to there.
    with mp.workdps(420):
        bits = int(mp.floor(mp.ldexp(2 / mp.pi, 1248)))
        words = [(bits >> (1248 - 32 * (i + 1))) & 0xFFFFFFFF for i in range(37)]
    LINES.append("  /// The bits of 2/pi in 32-bit words.")
    LINES.append("  static let twoOverPiWords: [Int] = [")
    for start in range(0, len(words), 6):
        LINES.append("    " + ", ".join(f"0x{w:08x}" for w in words[start : start + 6]) + ",")
    LINES.append("  ]")

    OUTPUT.write_text(
        "// Written by Tools/coefficients/generate.py; change that instead.\n\n"
        "/// Coefficients (lowest power first) and constants; 64 and 32 name the type they are\n"
        "/// for, `Short` single precision computed in double.\n"
        "enum Coefficients {\n" + "\n".join(LINES) + "\n}\n"
    )
    for line in LINES:
        if "error" in line:
            print(line)


if __name__ == "__main__":
    main()
