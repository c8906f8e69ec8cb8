"""One picture through one network, forward and backward, computed on demand and cached.
Also what a scene leaves open: the layer, the cell and the class that are shown where none is named.
"""
