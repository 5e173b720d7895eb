"""Repeat finished sessions from their traces and compare the masks.

The program is ``fsannot.programs.replay``; ``fsannot replay`` is the same.
"""

from fsannot.programs.replay import main

if __name__ == "__main__":
    main()
