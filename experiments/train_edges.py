"""Train or fine-tune an edge model.

The program is ``fsannot.programs.train_edges``; ``fsannot train_edges`` is the same.
"""

from fsannot.programs.train_edges import main

if __name__ == "__main__":
    main()
