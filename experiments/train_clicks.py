"""Train a click network.

The program is ``fsannot.programs.train_clicks``; ``fsannot train_clicks`` is the same.
"""

from fsannot.programs.train_clicks import main

if __name__ == "__main__":
    main()
