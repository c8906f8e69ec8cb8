"""A picture from anywhere, checked, decoded and made to fit a network.
The list of samples and the reference by which a picture is named stand here too.
"""
