"""Try to break fsannot: damaged files for every reader.

The program is ``fsannot.programs.stress``; ``fsannot stress`` is the same.
"""

from fsannot.programs.stress import main

if __name__ == "__main__":
    main()
