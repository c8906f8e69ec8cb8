"""The room in which one filter is tried on a picture: its kernel, its stages, its result and what is like it.
The engine computes; app.filters.download writes the files to take along.
"""
