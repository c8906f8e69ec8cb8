"""The HTTP API: activations, gradients, heatmaps and filter results as .npy, traces and descriptions as JSON.
openapi.json describes all of it.
"""
