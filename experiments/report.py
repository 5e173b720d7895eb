"""Write one self-contained HTML page of finished runs.

The program is ``fsannot.programs.report``; ``fsannot report`` is the same.
"""

from fsannot.programs.report import main

if __name__ == "__main__":
    main()
