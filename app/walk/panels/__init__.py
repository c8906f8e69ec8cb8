"""The panels of the walk that open on demand: gradient check, learning steps, heat map, tour, accuracy, another kernel.
Each module makes one view from the state of the walk.
"""
