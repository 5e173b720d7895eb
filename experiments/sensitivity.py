"""Vary each constant of the human model, and draw what that does to the result.

The program is ``fsannot.programs.sensitivity``; ``fsannot sensitivity`` is the same.
"""

from fsannot.programs.sensitivity import main

if __name__ == "__main__":
    main()
