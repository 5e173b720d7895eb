"""Campaigns that try to break fsannot: what is promised and what was tried is in ``docs/reliability.md``."""
