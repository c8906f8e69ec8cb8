"""How one number came to be: formula, loop and arithmetic of each kind of layer, forward and backward.
These modules arrange values that cnn_core computed; they compute no network themselves.
"""
