"""Bytes that are kept for a while: the protocol, in memory or in SQLite, and its limits.
Also the cache that lives inside one process.
"""
