"""A person annotates images in the browser: the server of the page, and what it keeps on disk.

The session, its actions and its trace are those of the simulation; this room gives them a face.
"""
