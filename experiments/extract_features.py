"""Features of a whole dataset as float16 shards in the cache, computed by a job array; see docs/scale.md.

The program is ``fsannot.programs.extract_features``; ``fsannot extract_features`` is the same.
"""

from fsannot.programs.extract_features import main

if __name__ == "__main__":
    main()
