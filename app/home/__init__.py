"""The home page with a miniature of the walk, and the way in for browsers and machines.
The miniature is one cell of the first convolution with the sum that made it.
"""
