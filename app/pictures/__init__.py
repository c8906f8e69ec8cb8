"""Pictures from untrusted files, samples and drawings: checked, decoded and fitted to the input of a network.
A picture is named by an ImageRef (reference.py).
"""
