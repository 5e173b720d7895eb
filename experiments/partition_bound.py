"""Measure the mask quality a partition allows, at matched numbers of segments.

The program is ``fsannot.programs.partition_bound``; ``fsannot partition_bound`` is the same.
"""

from fsannot.programs.partition_bound import main

if __name__ == "__main__":
    main()
