"""Compare robots, and one robot without some of its abilities, over seeds.

The program is ``fsannot.programs.ablation``; ``fsannot ablation`` is the same.
"""

from fsannot.programs.ablation import main

if __name__ == "__main__":
    main()
