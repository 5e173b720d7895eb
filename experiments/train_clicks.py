"""Train a click network; a killed run goes on where it was when started again in its directory.

The program is ``fsannot.programs.train_clicks``; ``fsannot train_clicks`` is the same.
"""

from fsannot.programs.train_clicks import main

if __name__ == "__main__":
    main()
