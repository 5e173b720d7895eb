"""Play episodes of the Gymnasium environment with a policy.

The program is ``fsannot.programs.play``; ``fsannot play`` is the same.
"""

from fsannot.programs.play import main

if __name__ == "__main__":
    main()
