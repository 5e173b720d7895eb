"""Edge models: image → boundary strength.

The package can be called: ``fsannot.edges("<choice>")`` builds one, see :func:`fsannot.studies.parts.edges`.
"""

from fsannot.callable_room import make_callable

make_callable(__name__)
