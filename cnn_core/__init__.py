"""A convolutional network in NumPy, made to be read: every operation, its gradient, and how each number came to be.

Letters mean the same everywhere: N pictures, C channels, H rows, W columns, F kernels (and so F feature maps).
Arrays are (N, C, H, W); everything computes in the dtype of its input, float32 or float64.
"""

from __future__ import annotations

from cnn_core.layer import Array, Gradients, Layer, Shape, ShapeError
from cnn_core.layers import KINDS, AveragePool, Conv, Dense, MaxPool, ReLU
from cnn_core.loss import Loss, cross_entropy, explain_loss, explain_loss_gradient, explain_softmax, softmax
from cnn_core.network import Network
from cnn_core.samples.patterns import sample
from cnn_core.trace import Cell, Read, Step, Trace
from cnn_core.zoo import load_network

__all__ = [
    "KINDS",
    "Array",
    "AveragePool",
    "Cell",
    "Conv",
    "Dense",
    "Gradients",
    "Layer",
    "Loss",
    "MaxPool",
    "Network",
    "ReLU",
    "Read",
    "Shape",
    "ShapeError",
    "Step",
    "Trace",
    "cross_entropy",
    "explain_loss",
    "explain_loss_gradient",
    "explain_softmax",
    "load_network",
    "sample",
    "softmax",
]
