"""What a hyper-parameter search found: a page, the best configuration as a YAML that runs, and all trials.

The program is ``fsannot.programs.search_report``; ``fsannot search_report`` is the same.
"""

from fsannot.programs.search_report import main

if __name__ == "__main__":
    main()
