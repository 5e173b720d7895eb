"""``python -m fsannot`` is the ``fsannot`` command."""

from fsannot.programs.command import main

if __name__ == "__main__":
    main()
