"""How weights change: optimizers, steps on one picture, training on many, augmentation.
one_picture.py is the one to read first.
"""
