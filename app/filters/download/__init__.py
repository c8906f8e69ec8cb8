"""The files that the filter room hands out: the kernel, the result, a moving scan, and programs that repeat it.
Each file has an address of its own.
"""
