"""Write the masks of a finished run for other tools: COCO, COCO panoptic, CVAT, overlays.

The program is ``fsannot.programs.export``; ``fsannot export`` is the same.
"""

from fsannot.programs.export import main

if __name__ == "__main__":
    main()
