"""Features: segments → unit vectors.

The package can be called: ``fsannot.features("<choice>")`` builds one, see :func:`fsannot.studies.parts.features`.
"""

from fsannot.callable_room import make_callable

make_callable(__name__)
