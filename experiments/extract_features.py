"""Compute the features of a whole dataset with a job array.

The program is ``fsannot.programs.extract_features``; ``fsannot extract_features`` is the same.
"""

from fsannot.programs.extract_features import main

if __name__ == "__main__":
    main()
