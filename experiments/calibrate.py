"""Clock and perception presets beside the paper's times and quality, on the data at hand; nothing is tuned.

The program is ``fsannot.programs.calibrate``; ``fsannot calibrate`` is the same.
"""

from fsannot.programs.calibrate import main

if __name__ == "__main__":
    main()
