"""Softmax and cross-entropy as plain loops: scores become probabilities, probabilities become one number to lower.

n is the image, k the class.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cnn_core.layer import Array


def softmax(scores: Array) -> Array:
    """Turn each image's scores into probabilities: exp(score), divided by the sum of them all.

    The largest score is subtracted first. That changes nothing, for it stands above and below the line, but exp stays
    small.

    scores (N, K, 1, 1) -> (N, K, 1, 1), every image's probabilities add up to 1
    """
    N, K = scores.shape[:2]
    out = np.zeros_like(scores)
    for n in range(N):
        largest = max(scores[n, k, 0, 0] for k in range(K))
        exponentials = [math.exp(scores[n, k, 0, 0] - largest) for k in range(K)]
        for k in range(K):
            out[n, k, 0, 0] = exponentials[k] / math.fsum(exponentials)
    return out


def cross_entropy(scores: Array, labels: Sequence[int]) -> tuple[float, Array, Array]:
    """Measure how surprised the network is by the right answers; return (value, probabilities, dscores).

    value: minus the logarithm of the right class's probability, averaged over the images.
    dscores: the gradient of that mean, (probability - 1 for the right class, - 0 for the others) / N.

    scores (N, K, 1, 1), one label in 0..K-1 for each image; probabilities and dscores (N, K, 1, 1)
    """
    N, K = scores.shape[:2]
    probabilities = softmax(scores)
    dscores = np.zeros_like(scores)
    value = 0.0
    # minus log(p) is written as log(sum) - score, because a hopeless p is rounded to 0, which has no logarithm
    for n in range(N):
        largest = max(scores[n, k, 0, 0] for k in range(K))
        total = math.fsum(math.exp(scores[n, k, 0, 0] - largest) for k in range(K))
        value += (math.log(total) + largest - scores[n, labels[n], 0, 0]) / N
        for k in range(K):
            right = 1 if k == labels[n] else 0
            dscores[n, k, 0, 0] = (probabilities[n, k, 0, 0] - right) / N
    return float(value), probabilities, dscores
