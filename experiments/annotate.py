"""Simulate an annotator on a dataset: the main program.

The program is ``fsannot.programs.annotate``; ``fsannot annotate`` is the same.
"""

from fsannot.programs.annotate import main

if __name__ == "__main__":
    main()
