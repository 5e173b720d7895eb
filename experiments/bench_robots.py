"""Measure how a robot's computing time grows with the number of segments.

The program is ``fsannot.programs.bench_robots``; ``fsannot bench_robots`` is the same.
"""

from fsannot.programs.bench_robots import main

if __name__ == "__main__":
    main()
