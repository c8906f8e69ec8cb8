"""Uploading and deleting a picture, by a form or as JSON; who owns an upload; the rate limit.
Also the thumbnails of the sample pictures (sample_routes.py).
"""
