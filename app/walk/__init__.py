"""The room in which a picture is followed through a network, layer by layer, forward and backward.
The routes, the page and its parts; what opens below the strip is in app.walk.panels.
"""
