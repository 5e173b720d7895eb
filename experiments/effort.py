"""Compare robots and click baselines: quality against human seconds per image.

The program is ``fsannot.programs.effort``; ``fsannot effort`` is the same.
"""

from fsannot.programs.effort import main

if __name__ == "__main__":
    main()
