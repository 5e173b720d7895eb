"""Hierarchies of segments: edge map → segments.

The package can be called: ``fsannot.hierarchy("<choice>")`` builds one, see :func:`fsannot.studies.parts.hierarchy`.
"""

from fsannot.callable_room import make_callable

make_callable(__name__)
