"""What can be asked of a network that is given: receptive fields, gradient checks, heat maps, partial gradients.
Nothing here changes a weight.
"""
