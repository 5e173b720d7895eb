"""Report what a hyper-parameter search found.

The program is ``fsannot.programs.search_report``; ``fsannot search_report`` is the same.
"""

from fsannot.programs.search_report import main

if __name__ == "__main__":
    main()
