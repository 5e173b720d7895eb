"""fsannot: simulated annotators for feature space annotation.

Rooms, in the order data flows through them; a room imports only rooms that stand before it:
``arguments → progress → data → edges → hierarchy → segments → features → projection → annotation → robots → clicks →
evaluation → report → store → pipeline``.
"""

__version__ = "0.1.0"
