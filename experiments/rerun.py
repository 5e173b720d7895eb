"""Measure what the cache saves when one setting of Table 1 changes.

The program is ``fsannot.programs.rerun``; ``fsannot rerun`` is the same.
"""

from fsannot.programs.rerun import main

if __name__ == "__main__":
    main()
