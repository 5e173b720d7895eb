"""Evaluate a click baseline on a dataset.

The program is ``fsannot.programs.clicks``; ``fsannot clicks`` is the same.
"""

from fsannot.programs.clicks import main

if __name__ == "__main__":
    main()
