"""Annotate images in the browser.

The program is ``fsannot.programs.studio``; ``fsannot studio`` is the same.
"""

from fsannot.programs.studio import main

if __name__ == "__main__":
    main()
