"""`numpy.random`'s other distributions, with the numbers of `numpy.random.RandomState`.

Beside each method stands where it is from.
"""

import math

import numpy as np

from martlet._kernels._composites.random import drawn, next_double, next_normal

# What one number takes


def next_exponential():
    return -np.log(1.0 - next_double())


def next_gamma(shape):
    """G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", 2000; below a
    shape of 1 by J. H. Ahrens and U. Dieter, 1974."""
    if shape == 1.0:
        return next_exponential()
    if shape == 0.0:
        return 0.0
    if shape < 1.0:
        while True:
            u = next_double()
            v = next_exponential()
            if u <= 1.0 - shape:
                x = u ** (1.0 / shape)
                if x <= v:
                    return x
            else:
                y = -np.log((1.0 - u) / shape)
                x = (1.0 - shape + shape * y) ** (1.0 / shape)
                if x <= v + y:
                    return x
    b = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * b)
    while True:
        x = 0.0
        v = 0.0
        while v <= 0.0:
            x = next_normal()
            v = 1.0 + c * x
        v = v * v * v
        u = next_double()
        if u < 1.0 - 0.0331 * (x * x) * (x * x):
            return b * v
        if np.log(u) < 0.5 * x * x + b * (1.0 - v + np.log(v)):
            return b * v


def next_beta(a, b):
    """Of two small parameters by M. D. Johnk, 1964."""
    if a <= 1.0 and b <= 1.0:
        while True:
            u = next_double()
            v = next_double()
            x = u ** (1.0 / a)
            y = v ** (1.0 / b)
            if x + y <= 1.0 and u + v > 0.0:
                if x + y > 0.0:
                    return x / (x + y)
                p = np.log(u) / a
                q = np.log(v) / b
                most = p if p > q else q
                p -= most
                q -= most
                return np.exp(p - np.log(np.exp(p) + np.exp(q)))
    p = next_gamma(a)
    q = next_gamma(b)
    return p / (p + q)


def next_f(dfnum, dfden):
    above = 2.0 * next_gamma(dfnum / 2.0) * dfden
    return np.divide(above, 2.0 * next_gamma(dfden / 2.0) * dfnum)


def next_t(df):
    x = next_normal()
    return np.divide(np.sqrt(df / 2.0) * x, np.sqrt(next_gamma(df / 2.0)))


def next_cauchy():
    x = next_normal()
    return np.divide(x, next_normal())


def next_laplace(loc, scale):
    u = 0.0
    while u == 0.0:
        u = next_double()
    if u >= 0.5:
        return loc - scale * np.log(2.0 - u - u)
    return loc + scale * np.log(u + u)


def next_gumbel(loc, scale):
    u = 1.0
    while u >= 1.0:
        u = 1.0 - next_double()
    return loc - scale * np.log(-np.log(u))


def next_logistic(loc, scale):
    u = 0.0
    while u == 0.0:
        u = next_double()
    return loc + scale * np.log(np.divide(u, 1.0 - u))


def next_weibull(a):
    if a == 0.0:
        return 0.0
    return next_exponential() ** (1.0 / a)


def next_triangular(left, mode, right):
    base = right - left
    below = mode - left
    u = next_double()
    if u <= below / base:
        return left + np.sqrt(u * (below * base))
    return right - np.sqrt((1.0 - u) * ((right - mode) * base))


def next_vonmises(mu, kappa):
    """D. J. Best and N. I. Fisher, "Efficient simulation of the von Mises distribution", 1979."""
    if kappa < 1e-8:
        return math.pi * (2.0 * next_double() - 1.0)
    s = 1.0 / kappa + kappa
    if kappa >= 1e-5:
        r = 1.0 + np.sqrt(1.0 + 4.0 * kappa * kappa)
        rho = (r - np.sqrt(2.0 * r)) / (2.0 * kappa)
        s = (1.0 + rho * rho) / (2.0 * rho)
    w = 0.0
    is_taken = False
    while not is_taken:
        u = next_double()
        z = np.cos(math.pi * u)
        w = (1.0 + s * z) / (s + z)
        y = kappa * (s - w)
        v = next_double()
        is_taken = y * (2.0 - y) - v >= 0.0 or np.log(np.divide(y, v)) + 1.0 - y >= 0.0
    u = next_double()
    angle = np.arccos(w)
    if u < 0.5:
        angle = -angle
    angle += mu
    turned = np.fmod(np.abs(angle) + math.pi, 2.0 * math.pi) - math.pi
    return -turned if angle < 0.0 else turned


def next_wald(mean, scale):
    """J. R. Michael, W. R. Schucany and R. W. Haas, 1976."""
    half = mean / (2.0 * scale)
    y = next_normal()
    y = mean * y * y
    x = mean + half * (y - np.sqrt(4.0 * scale * y + y * y))
    u = next_double()
    if u <= mean / (mean + x):
        return x
    return mean * mean / x


def log_gamma(x):
    """The logarithm of the gamma function as S. Zhang and J. Jin have it, 1996: the methods below
    decide by these bits."""
    if x == 1.0 or x == 2.0:
        return 0.0
    n = int(7.0 - x) if x < 7.0 else 0
    top = x + n
    square = (1.0 / top) * (1.0 / top)
    series = -1.39243221690590
    series = series * square + 1.796443723688307e-01
    series = series * square - 2.955065359477124e-02
    series = series * square + 6.410256410256410e-03
    series = series * square - 1.917526917526918e-03
    series = series * square + 8.417508417508418e-04
    series = series * square - 5.952380952380952e-04
    series = series * square + 7.936507936507937e-04
    series = series * square - 2.777777777777778e-03
    series = series * square + 8.333333333333333e-02
    result = series / top + 0.5 * 1.8378770664093453 + (top - 0.5) * np.log(top) - top
    for _ in range(n):
        result -= np.log(top - 1.0)
        top -= 1.0
    return result


def next_poisson(lam):
    """From 10 on by W. Hormann, "The transformed rejection method for generating Poisson random
    variables", 1993."""
    if lam == 0:
        return 0
    if lam < 10:
        least = np.exp(-lam)
        count = 0
        product = next_double()
        while product > least:
            count += 1
            product *= next_double()
        return count
    root = np.sqrt(lam)
    logarithm = np.log(lam)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    alpha = 1.1239 + 1.1328 / (b - 3.4)
    limit = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u = next_double() - 0.5
        v = next_double()
        us = 0.5 - np.abs(u)
        k = math.floor((np.divide(2.0 * a, us) + b) * u + lam + 0.43)
        if us >= 0.07 and v <= limit:
            return k
        if k >= 0 and not (us < 0.013 and v > us):
            left = np.log(v) + np.log(alpha) - np.log(np.divide(a, us * us) + b)
            if left <= -lam + k * logarithm - log_gamma(k + 1.0):
                return k


def next_binomial(n, p):
    if p <= 0.5:
        return few_or_many(n, p * 1.0)
    return n - few_or_many(n, 1.0 - p)


def few_or_many(n, p):
    if n * p <= 30.0:
        return binomial_by_inversion(n, p)
    return binomial_by_rejection(n, p)


def binomial_by_inversion(n, p):
    q = 1.0 - p
    start = np.exp(n * np.log(q))
    mean = n * p
    bound = int(min(n * 1.0, mean + 10.0 * np.sqrt(mean * q + 1.0)))
    count = 0
    chance = start
    u = next_double()
    while u > chance:
        count += 1
        if count > bound:
            count = 0
            chance = start
            u = next_double()
        else:
            u -= chance
            chance = ((n - count + 1) * p * chance) / (count * q)
    return count


def binomial_by_rejection(n, p):
    """V. Kachitvichyanukul and B. W. Schmeiser, "Binomial random variate generation", 1988."""
    q = 1.0 - p
    middle = n * p + p
    m = math.floor(middle)
    p1 = math.floor(2.195 * np.sqrt(n * p * q) - 4.6 * q) + 0.5
    xm = m + 0.5
    xl = xm - p1
    xr = xm + p1
    c = 0.134 + 20.5 / (15.3 + m)
    a = (middle - xl) / (middle - xl * p)
    left = a * (1.0 + a / 2.0)
    a = (xr - middle) / (xr * q)
    right = a * (1.0 + a / 2.0)
    p2 = p1 * (1.0 + 2.0 * c)
    p3 = p2 + c / left
    p4 = p3 + c / right
    while True:
        u = next_double() * p4
        v = next_double()
        y = -1
        if u <= p1:
            return math.floor(xm - p1 * v + u)
        if u <= p2:
            x = xl + (u - p1) / c
            v = v * c + 1.0 - np.abs(m - x + 0.5) / p1
            if v <= 1.0:
                y = math.floor(x)
        elif v > 0.0:
            if u <= p3:
                y = math.floor(xl + np.log(v) / left)
                v = v * (u - p2) * left
            else:
                y = math.floor(xr - np.log(v) / right)
                v = v * (u - p3) * right
        if y >= 0 and y <= n and is_binomial(n, p, q, m, xm, y, v):
            return y


def is_binomial(n, p, q, m, xm, y, v):
    """Whether a number that was drawn from around the distribution is one of it."""
    deviation = n * p * q
    k = abs(y - m)
    if not (k > 20 and k < deviation / 2.0 - 1.0):
        s = p / q
        a = s * (n + 1)
        chance = 1.0
        for i in range(m + 1, y + 1):
            chance *= a / i - s
        for i in range(y + 1, m + 1):
            chance /= a / i - s
        return v <= chance
    rho = (k / deviation) * ((k * (k / 3.0 + 0.625) + 0.16666666666666666) / deviation + 0.5)
    t = -k * k / (2.0 * deviation)
    logarithm = np.log(v)
    if logarithm < t - rho:
        return True
    if logarithm > t + rho:
        return False
    x1 = y + 1.0
    f1 = m + 1.0
    z = n + 1.0 - m
    w = n - y + 1.0
    return logarithm <= (
        xm * np.log(f1 / x1)
        + (n - m + 0.5) * np.log(z / w)
        + (y - m) * np.log(w * p / (x1 * q))
        + stirling(f1)
        + stirling(z)
        + stirling(x1)
        + stirling(w)
    )


def stirling(x):
    square = x * x
    inner = (132.0 - (99.0 - 140.0 / square) / square) / square
    return (13680.0 - (462.0 - inner) / square) / x / 166320.0


def next_geometric(p):
    if p >= 0.333333333333333333333333:
        count = 1
        total = p * 1.0
        chance = p * 1.0
        u = next_double()
        while u > total:
            chance *= 1.0 - p
            total += chance
            count += 1
        return count
    return int(np.ceil(np.log(1.0 - next_double()) / np.log(1.0 - p)))


def next_hypergeometric(good, bad, sample):
    if sample > 10:
        return hypergeometric_by_ratio(good, bad, sample)
    rest = min(good, bad)
    count = sample
    others = bad + good - sample
    y = rest
    while y > 0 and count > 0:
        u = next_double()
        y -= math.floor(u + y / (others + count))
        count -= 1
    found = rest - y
    return sample - found if good > bad else found


def hypergeometric_by_ratio(good, bad, sample):
    """E. Stadlober, "The ratio of uniforms approach for generating discrete random variates",
    1990."""
    few = min(good, bad)
    many = max(good, bad)
    size = good + bad
    m = min(sample, size - sample)
    share = few / size
    middle = m * share + 0.5
    width = np.sqrt((size - m) * sample * share * (1.0 - share) / (size - 1) + 0.5)
    height = 1.7155277699214135 * width + 0.8989161620588988
    mode = math.floor((m + 1) * (few + 1) / (size + 2))
    top = log_of_choices(mode, few, many, m)
    end = min(min(m, few) + 1.0, np.floor(middle + 16.0 * width))
    z = 0
    is_taken = False
    while not is_taken:
        x = next_double()
        y = next_double()
        w = middle + np.divide(height * (y - 0.5), x)
        if w >= 0.0 and w < end:
            z = math.floor(w)
            t = top - log_of_choices(z, few, many, m)
            if x * (4.0 - x) - 3.0 <= t:
                is_taken = True
            elif x * (x - t) < 1.0:
                is_taken = 2.0 * np.log(x) <= t
    if good > bad:
        z = m - z
    return good - z if m < sample else z


def log_of_choices(z, few, many, m):
    return (
        log_gamma(z + 1.0)
        + log_gamma(few - z + 1.0)
        + log_gamma(m - z + 1.0)
        + log_gamma(many - m + z + 1.0)
    )


def next_logseries(p):
    """A. W. Kemp, "Efficient generation of logarithmically distributed pseudo-random variables",
    1981."""
    r = np.log(1.0 - p)
    while True:
        v = next_double()
        if v >= p:
            return 1
        q = 1.0 - np.exp(r * next_double())
        if v <= q * q:
            found = int(np.floor(1.0 + np.log(v) / np.log(q)))
            if found >= 1 and v > 0.0:
                return found
        elif v >= q:
            return 1
        else:
            return 2


def next_zipf(a):
    """L. Devroye, "Non-uniform random variate generation", 1986."""
    b = 2.0 ** (a - 1.0)
    while True:
        u = 1.0 - next_double()
        v = next_double()
        x = np.floor(u ** (-1.0 / (a - 1.0)))
        if x >= 1.0 and x <= 9223372036854774784.0:
            t = (1.0 + 1.0 / x) ** (a - 1.0)
            if v * x * (t - 1.0) / (b - 1.0) <= t / b:
                return int(x)


# One number, or an array of them


def next_scaled_gamma(shape, scale):
    return scale * next_gamma(shape)


def gamma(shape, scale=1.0, size=None):
    if shape < 0:
        raise ValueError("shape < 0")
    if scale < 0:
        raise ValueError("scale < 0")
    return drawn(size, np.float64, next_scaled_gamma, shape, scale)


def standard_gamma(shape, size=None):
    if shape < 0:
        raise ValueError("shape < 0")
    return drawn(size, np.float64, next_gamma, shape)


def beta(a, b, size=None):
    if a <= 0:
        raise ValueError("a <= 0")
    if b <= 0:
        raise ValueError("b <= 0")
    return drawn(size, np.float64, next_beta, a, b)


def next_chisquare(df):
    return 2.0 * next_gamma(df / 2.0)


def chisquare(df, size=None):
    if df <= 0:
        raise ValueError("df <= 0")
    return drawn(size, np.float64, next_chisquare, df)


def f(dfnum, dfden, size=None):
    if dfnum <= 0:
        raise ValueError("dfnum <= 0")
    if dfden <= 0:
        raise ValueError("dfden <= 0")
    return drawn(size, np.float64, next_f, dfnum, dfden)


def standard_t(df, size=None):
    if df <= 0:
        raise ValueError("df <= 0")
    return drawn(size, np.float64, next_t, df)


def standard_cauchy(size=None):
    return drawn(size, np.float64, next_cauchy)


def laplace(loc=0.0, scale=1.0, size=None):
    if scale < 0:
        raise ValueError("scale < 0")
    return drawn(size, np.float64, next_laplace, loc, scale)


def gumbel(loc=0.0, scale=1.0, size=None):
    if scale < 0:
        raise ValueError("scale < 0")
    return drawn(size, np.float64, next_gumbel, loc, scale)


def logistic(loc=0.0, scale=1.0, size=None):
    if scale < 0:
        raise ValueError("scale < 0")
    return drawn(size, np.float64, next_logistic, loc, scale)


def next_lognormal(mean, sigma):
    return np.exp(mean + sigma * next_normal())


def lognormal(mean=0.0, sigma=1.0, size=None):
    if sigma < 0:
        raise ValueError("sigma < 0")
    return drawn(size, np.float64, next_lognormal, mean, sigma)


def next_rayleigh(scale):
    return scale * np.sqrt(-2.0 * np.log(1.0 - next_double()))


def rayleigh(scale=1.0, size=None):
    if scale < 0:
        raise ValueError("scale < 0")
    return drawn(size, np.float64, next_rayleigh, scale)


def weibull(a, size=None):
    if a < 0:
        raise ValueError("a < 0")
    return drawn(size, np.float64, next_weibull, a)


def next_power(a):
    return (1.0 - np.exp(np.log(1.0 - next_double()))) ** (1.0 / a)


def power(a, size=None):
    if a <= 0:
        raise ValueError("a <= 0")
    return drawn(size, np.float64, next_power, a)


def next_pareto(a):
    return np.exp(-np.log(1.0 - next_double()) / a) - 1.0


def pareto(a, size=None):
    if a <= 0:
        raise ValueError("a <= 0")
    return drawn(size, np.float64, next_pareto, a)


def triangular(left, mode, right, size=None):
    if left > mode:
        raise ValueError("left > mode")
    if mode > right:
        raise ValueError("mode > right")
    if left == right:
        raise ValueError("left == right")
    return drawn(size, np.float64, next_triangular, left, mode, right)


def vonmises(mu, kappa, size=None):
    if kappa < 0:
        raise ValueError("kappa < 0")
    return drawn(size, np.float64, next_vonmises, mu, kappa)


def wald(mean, scale, size=None):
    if mean <= 0:
        raise ValueError("mean <= 0")
    if scale <= 0:
        raise ValueError("scale <= 0")
    return drawn(size, np.float64, next_wald, mean, scale)


def poisson(lam=1.0, size=None):
    if lam < 0:
        raise ValueError("lam < 0")
    if lam > 9.223372006484771e18:
        raise ValueError("lam value too large")
    return drawn(size, np.int64, next_poisson, lam)


def binomial(n, p, size=None):
    if n < 0:
        raise ValueError("n < 0")
    if p < 0:
        raise ValueError("p < 0")
    if p > 1:
        raise ValueError("p > 1")
    return drawn(size, np.int64, next_binomial, n, p)


def next_negative_binomial(n, p):
    return next_poisson(next_gamma(n) * ((1.0 - p) / p))


def negative_binomial(n, p, size=None):
    if n <= 0:
        raise ValueError("n <= 0")
    if p <= 0:
        raise ValueError("p <= 0")
    if p > 1:
        raise ValueError("p > 1")
    return drawn(size, np.int64, next_negative_binomial, n, p)


def geometric(p, size=None):
    if p <= 0:
        raise ValueError("p <= 0")
    if p > 1:
        raise ValueError("p > 1")
    return drawn(size, np.int64, next_geometric, p)


def hypergeometric(ngood, nbad, nsample, size=None):
    if ngood < 0:
        raise ValueError("ngood < 0")
    if nbad < 0:
        raise ValueError("nbad < 0")
    if nsample < 1:
        raise ValueError("nsample < 1")
    if ngood + nbad < nsample:
        raise ValueError("ngood + nbad < nsample")
    return drawn(size, np.int64, next_hypergeometric, ngood, nbad, nsample)


def logseries(p, size=None):
    if p <= 0:
        raise ValueError("p <= 0")
    if p >= 1:
        raise ValueError("p >= 1")
    return drawn(size, np.int64, next_logseries, p)


def zipf(a, size=None):
    if a <= 1:
        raise ValueError("a <= 1")
    return drawn(size, np.int64, next_zipf, a)
