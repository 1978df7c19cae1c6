"""Medians, and where a ratio lies 19 times out of 20."""
import math
import statistics


def beta_fraction(x, a, b):
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    result = d
    for m in range(1, 300):
        for term in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1.0 + term * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + term / c
            c = c if abs(c) > tiny else tiny
            result *= c * d
        if abs(c * d - 1.0) < 1e-14:
            break
    return result


def incomplete_beta(x, a, b):
    """The regularized incomplete beta function."""
    if x <= 0.0 or x >= 1.0:
        return min(max(x, 0.0), 1.0)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * beta_fraction(x, a, b) / a
    return 1.0 - front * beta_fraction(1.0 - x, b, a) / b


def student_t(freedom, two_sided=0.95):
    """The value that Student's t with so many degrees of freedom exceeds in 1 - two_sided of all cases, either way."""
    low, high = 0.0, 1e4
    for _ in range(200):
        middle = (low + high) / 2
        outside = incomplete_beta(freedom / (freedom + middle * middle), freedom / 2.0, 0.5)
        low, high = (middle, high) if outside > 1.0 - two_sided else (low, middle)
    return (low + high) / 2


def exceeds(values, bound):
    """The probability of a mean so far above the bound, or farther, if it were the bound: a one-sided t test."""
    count, mean = len(values), statistics.fmean(values)
    error = statistics.stdev(values) / math.sqrt(count)
    if error == 0.0:
        return 0.0 if mean > bound else 1.0
    t = (mean - bound) / error
    tail = incomplete_beta((count - 1) / (count - 1 + t * t), (count - 1) / 2.0, 0.5) / 2.0
    return tail if t > 0 else 1.0 - tail


def holm(p_values):
    """The same, adjusted for how many they are (S. Holm, 1979)."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, p_values[i] * (len(p_values) - rank)))
        adjusted[i] = largest
    return adjusted


class Estimate:
    """The median of positive values, and the interval of their geometric mean."""

    def __init__(self, values):
        logs = [math.log(value) for value in values]
        self.median = statistics.median(values)
        self.low = self.high = None  # nothing is known of the spread of a single value
        if len(logs) > 1:
            half = student_t(len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
            middle = statistics.fmean(logs)
            self.low, self.high = math.exp(middle - half), math.exp(middle + half)


def verdict(estimate, bar, least=True):
    """Whether a bar is met: the median decides, and it is told where the interval lies on both sides."""
    def reaches(value):
        return value >= bar if least else value <= bar
    word = "met" if reaches(estimate.median) else "missed"
    if estimate.low is not None and reaches(estimate.low) != reaches(estimate.high):
        word += ", uncertain"
    return word


def self_check():
    """Holds all this against figures from tables."""
    table = {1: 12.7062, 2: 4.30265, 5: 2.57058, 9: 2.26216, 29: 2.04523, 120: 1.97993}
    for freedom, expected in table.items():
        found = student_t(freedom)
        assert abs(found - expected) < 1e-4, f"Student's t of {freedom}: {found} instead of {expected}"
    assert abs(student_t(9, 0.99) - 3.24984) < 1e-4
    assert abs(exceeds([1.0, 2.0, 3.0, 4.0], 0.0) - 0.0152331) < 1e-6 and exceeds([1.0, 2.0], 5.0) > 0.9
    assert exceeds([1.0, 1.0], 0.5) == 0.0
    assert holm([0.01, 0.04, 0.03]) == [0.03, 0.06, 0.06] and holm([]) == []
    some = Estimate([math.exp(x) for x in (0.1, 0.2, 0.3)])
    half = 4.30265 * 0.1 / math.sqrt(3)
    assert abs(math.log(some.low) - (0.2 - half)) < 1e-5 and abs(math.log(some.high) - (0.2 + half)) < 1e-5
    assert abs(math.log(some.median) - 0.2) < 1e-12
    assert Estimate([2.0]).low is None
    assert verdict(Estimate([2.0, 2.1, 2.0]), 1.8) == "met"
    assert verdict(Estimate([1.0, 1.1, 1.0]), 1.8) == "missed"
    assert verdict(Estimate([1.0, 2.0, 3.0]), 1.8) == "met, uncertain"
    assert verdict(Estimate([0.1, 0.11, 0.1]), 1.0, least=False) == "met"
