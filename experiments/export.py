"""Repeat finished sessions from their traces and compare the masks.

The program is ``fsannot.programs.export``; ``fsannot export`` is the same.
"""

from fsannot.programs.export import main

if __name__ == "__main__":
    main()
