"""Measure seconds and memory for growing numbers of segments.

The program is ``fsannot.programs.scale``; ``fsannot scale`` is the same.
"""

from fsannot.programs.scale import main

if __name__ == "__main__":
    main()
