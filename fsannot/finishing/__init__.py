"""Finishing: masks at the resolution of pixels, made from labels of segments after the session.

The package can be called: ``fsannot.finishing("<choice>")`` builds one, see :func:`fsannot.studies.parts.finishing`.
"""

from fsannot.callable_room import make_callable

make_callable(__name__)
