"""The home page with a miniature of the walk: one cell of the first convolution with its sum.
Also the redirect to a language, and the health checks (routes.py).
"""
