"""Measure the seconds of each stage and their ratio to the reference recipe.

The program is ``fsannot.programs.bench``; ``fsannot bench`` is the same.
"""

from fsannot.programs.bench import main

if __name__ == "__main__":
    main()
