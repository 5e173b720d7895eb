"""Print a dataset's expected tree, what is there, and what is missing; exit status 1 when it is incomplete.

The program is ``fsannot.programs.check_dataset``; ``fsannot check_dataset`` is the same.
"""

from fsannot.programs.check_dataset import main

if __name__ == "__main__":
    main()
