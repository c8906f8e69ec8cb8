"""What the filter room computes: the source, the result, edits of a scene, and what a request may cost.
Nothing here knows about pages.
"""
