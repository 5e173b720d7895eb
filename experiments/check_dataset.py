"""Print what a dataset needs, what is there and what is missing.

The program is ``fsannot.programs.check_dataset``; ``fsannot check_dataset`` is the same.
"""

from fsannot.programs.check_dataset import main

if __name__ == "__main__":
    main()
