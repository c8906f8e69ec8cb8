"""One filter on one picture: presets, borders, stages, and three algorithms (direct, separable, FFT).
filter.py is the one to read first.
"""
