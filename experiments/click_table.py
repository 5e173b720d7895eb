"""Runs of experiments/clicks.py as one Markdown table, published numbers beside it.

The program is ``fsannot.programs.click_table``; ``fsannot click_table`` is the same.
"""

from fsannot.programs.click_table import main

if __name__ == "__main__":
    main()
