"""Reproduce the paper's Cityscapes experiment: agreement, hours and speed-up.

The program is ``fsannot.programs.cityscapes``; ``fsannot cityscapes`` is the same.
"""

from fsannot.programs.cityscapes import main

if __name__ == "__main__":
    main()
