"""The operations of a convolutional network as a textbook writes them: plain loops, one number at a time.

They are slow on purpose. Read them beside the animation, and hold the fast layers against them: nothing here is shared
with the fast code. One file a kind, like `cnn_core.layers`; the files' names are the same.
A size may be one number or (height, width); a padding also ((top, bottom), (left, right)).
In the course `conv_forward` is called `conv_fun`, `relu_forward` is `Relu` and `dense_forward` is `fc`.
"""

from __future__ import annotations

from cnn_core.loops.conv import conv_backward, conv_forward
from cnn_core.loops.dense import dense_backward, dense_forward
from cnn_core.loops.loss import cross_entropy, softmax
from cnn_core.loops.pool import average_pool_backward, average_pool_forward, max_pool_backward, max_pool_forward
from cnn_core.loops.relu import relu_backward, relu_forward

__all__ = [
    "average_pool_backward",
    "average_pool_forward",
    "conv_backward",
    "conv_forward",
    "cross_entropy",
    "dense_backward",
    "dense_forward",
    "max_pool_backward",
    "max_pool_forward",
    "relu_backward",
    "relu_forward",
    "softmax",
]
