"""Quality against human seconds an image, robots and click baselines in one figure and one table.

The program is ``fsannot.programs.effort``; ``fsannot effort`` is the same.
"""

from fsannot.programs.effort import main

if __name__ == "__main__":
    main()
