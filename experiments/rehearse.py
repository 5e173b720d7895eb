"""Play a robot's trace in the studio's page with a real mouse and keyboard, and compare the masks.

The program is ``fsannot.programs.rehearse``; ``fsannot rehearse`` is the same.
"""

from fsannot.programs.rehearse import main

if __name__ == "__main__":
    main()
