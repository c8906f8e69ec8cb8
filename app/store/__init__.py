"""Bytes with a lifetime: the interface of a store, its implementations in memory and in SQLite, and its limits.
Also the cache inside one process (ttl_cache.py).
"""
