"""Machine seconds of a session of Table 1, and of the same with one setting changed: what the cache saves.

The program is ``fsannot.programs.rerun``; ``fsannot rerun`` is the same.
"""

from fsannot.programs.rerun import main

if __name__ == "__main__":
    main()
