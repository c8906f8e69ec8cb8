"""What an address says: the parameters of each room, read from a query and written back as one canonical query.
A scene is plain data; what it leaves open is resolved in app.passes.
"""
