"""Do finished sessions again, from their traces, and compare the masks with those they left.

The program is ``fsannot.programs.replay``; ``fsannot replay`` is the same.
"""

from fsannot.programs.replay import main

if __name__ == "__main__":
    main()
