"""Compare clock and perception presets with the paper's times and quality; nothing is tuned.

The program is ``fsannot.programs.calibrate``; ``fsannot calibrate`` is the same.
"""

from fsannot.programs.calibrate import main

if __name__ == "__main__":
    main()
