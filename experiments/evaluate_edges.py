"""Measure ODS, OIS and AP of an edge model on BSDS500.

The program is ``fsannot.programs.evaluate_edges``; ``fsannot evaluate_edges`` is the same.
"""

from fsannot.programs.evaluate_edges import main

if __name__ == "__main__":
    main()
