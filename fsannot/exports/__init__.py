"""Masks in the formats of other tools: each format is one file here, and reads nothing but :class:`Labelling`."""
