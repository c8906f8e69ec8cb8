"""Commands for a terminal: train a network, measure its accuracy; and the readers of MNIST and CIFAR-10.
The site itself needs none of them.
"""
