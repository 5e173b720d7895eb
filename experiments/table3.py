"""Reproduce the paper's Table 3: robots against click baselines after 3 and 5 clicks.

The program is ``fsannot.programs.table3``; ``fsannot table3`` is the same.
"""

from fsannot.programs.table3 import main

if __name__ == "__main__":
    main()
