"""A number as text, as a colour, as a table, as an image.
Nothing here knows about scenes, networks or HTTP.
"""
