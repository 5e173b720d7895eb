"""Finished run directories, as the report's tests have them."""

from tests.report.conftest import fresh_run as fresh_run
from tests.report.conftest import runs as runs
from tests.report.conftest import samples as samples
