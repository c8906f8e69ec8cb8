"""Pages made of parts: a part depends on some parameters of the scene, is written once, and is sent when it changes."""
