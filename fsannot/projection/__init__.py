"""Projections: features → positions in the plane.

The package can be called: ``fsannot.projection("<choice>")`` builds one, see :func:`fsannot.studies.parts.projection`.
"""

from fsannot.callable_room import make_callable

make_callable(__name__)
