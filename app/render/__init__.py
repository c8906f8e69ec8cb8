"""Numbers and arrays as text, colours, tables, images and files.
Nothing here knows about scenes, networks or HTTP.
"""
