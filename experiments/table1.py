"""Reproduce the paper's Table 1: a robot labels perfect segments.

The program is ``fsannot.programs.table1``; ``fsannot table1`` is the same.
"""

from fsannot.programs.table1 import main

if __name__ == "__main__":
    main()
