"""Label maps for learners, as the extractors' tests draw them."""

from tests.features.conftest import blobs as blobs
