"""Reproduce the paper's Table 2: majority labels of one cut of the hierarchy.

The program is ``fsannot.programs.table2``; ``fsannot table2`` is the same.
"""

from fsannot.programs.table2 import main

if __name__ == "__main__":
    main()
