"""Giving the site a picture and taking it back, by a form or as JSON.
Also who owns an upload, how often one may upload, and the addresses of the sample pictures.
"""
