"""The JSON and .npy interface: activations, gradients, traces, heat maps and filter results.
openapi.json describes all of it.
"""
