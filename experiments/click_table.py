"""Print click runs as one Markdown table, with published numbers.

The program is ``fsannot.programs.click_table``; ``fsannot click_table`` is the same.
"""

from fsannot.programs.click_table import main

if __name__ == "__main__":
    main()
