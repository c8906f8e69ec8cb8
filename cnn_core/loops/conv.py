"""Convolution as plain loops over image, filter, row and column.

A filter looks at one window of the picture at a time; every place of its output is one such look. Backwards, every
window receives its share of the error. n is the image, f the filter, i the row and j the column of the output.
"""

from __future__ import annotations

import numpy as np

from cnn_core.layer import Array
from cnn_core.loops.sizes import Padding, Size, new_length, pair, sides


def conv_forward(
    x: Array, weight: Array, bias: Array, stride: Size = 1, padding: Padding = 0, dilation: Size = 1, groups: int = 1
) -> Array:
    """Slide every filter over every image: window times kernel, summed, plus bias. The course calls it `conv_fun`.

    x (N, C, H, W), weight (F, C / groups, HH, WW), bias (F,) -> (N, F, H_new, W_new)
    """
    N, _, H, W = x.shape
    F, depth, HH, WW = weight.shape
    (stride_h, stride_w), (dilate_h, dilate_w) = pair(stride), pair(dilation)
    (top, bottom), (left, right) = sides(padding)
    H_new = new_length(H, (top, bottom), (HH - 1) * dilate_h + 1, stride_h)
    W_new = new_length(W, (left, right), (WW - 1) * dilate_w + 1, stride_w)
    x_padded = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    out = np.zeros((N, F, H_new, W_new), x.dtype)
    for n in range(N):
        for f in range(F):
            channels = channels_of(f, F, depth, groups)
            for i in range(H_new):
                for j in range(W_new):
                    rows = slice(i * stride_h, i * stride_h + (HH - 1) * dilate_h + 1, dilate_h)
                    cols = slice(j * stride_w, j * stride_w + (WW - 1) * dilate_w + 1, dilate_w)
                    window = x_padded[n, channels, rows, cols]
                    out[n, f, i, j] = np.sum(window * weight[f]) + bias[f]
    return out


def conv_backward(
    x: Array, weight: Array, dy: Array, stride: Size = 1, padding: Padding = 0, dilation: Size = 1, groups: int = 1
) -> tuple[Array, Array, Array]:
    """Send the error dy back through the same windows; return (dx, dweight, dbias), shaped like x, weight and bias.

    dx: every window's slice receives kernel times dy, added up. dweight: every window times dy, added up.
    dbias: the sum of dy. The padding is cut off at the end, because nobody asked for its gradient.

    x (N, C, H, W), weight (F, C / groups, HH, WW), dy (N, F, H_new, W_new)
    """
    N, _, H, W = x.shape
    F, depth, HH, WW = weight.shape
    _, _, H_new, W_new = dy.shape
    (stride_h, stride_w), (dilate_h, dilate_w) = pair(stride), pair(dilation)
    (top, bottom), (left, right) = sides(padding)
    x_padded = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    dx_padded, dweight, dbias = np.zeros_like(x_padded), np.zeros(weight.shape, x.dtype), np.zeros(F, x.dtype)
    for n in range(N):
        for f in range(F):
            channels = channels_of(f, F, depth, groups)
            for i in range(H_new):
                for j in range(W_new):
                    rows = slice(i * stride_h, i * stride_h + (HH - 1) * dilate_h + 1, dilate_h)
                    cols = slice(j * stride_w, j * stride_w + (WW - 1) * dilate_w + 1, dilate_w)
                    window = x_padded[n, channels, rows, cols]
                    dx_padded[n, channels, rows, cols] += weight[f] * dy[n, f, i, j]
                    dweight[f] += window * dy[n, f, i, j]
                    dbias[f] += dy[n, f, i, j]
    return dx_padded[:, :, top : top + H, left : left + W].copy(), dweight, dbias


def channels_of(f: int, F: int, depth: int, groups: int) -> slice:
    """Tell which channels filter f reads: all of them, or with groups the `depth` channels of its own group."""
    group = f // (F // groups)
    return slice(group * depth, (group + 1) * depth)
