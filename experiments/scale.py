"""Cost of a segment, end to end, and resident memory, for growing numbers of segments; each in a fresh process.

The program is ``fsannot.programs.scale``; ``fsannot scale`` is the same.
"""

from fsannot.programs.scale import main

if __name__ == "__main__":
    main()
