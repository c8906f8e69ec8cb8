"""What is run from a terminal: train a network, measure its accuracy, read the data sets.
The site needs none of it.
"""
