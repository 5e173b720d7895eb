"""Procedural pictures behind the synthetic dataset: noise → textures and outlines → objects → scenes.

Everything is a function of coordinates, so that an object keeps its surface under any pose, and every random
choice comes from the generator passed in.
"""
