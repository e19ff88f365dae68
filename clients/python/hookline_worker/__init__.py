"""Takes Hookline's CDRs from their Redis list and loses none; hears its events."""

from .consume import consume_cdrs
from .handling import Cdr
from .live_stream import Followed, Gap, follow_events
from .messages import CallMessage, CdrMessage, EventMessage, IncompleteMessage, StatusMessage
from .progress import Counters
from .subscribe import Heard, subscribe

__all__ = [
    "CallMessage",
    "Cdr",
    "CdrMessage",
    "Counters",
    "EventMessage",
    "Followed",
    "Gap",
    "Heard",
    "IncompleteMessage",
    "StatusMessage",
    "consume_cdrs",
    "follow_events",
    "subscribe",
]
