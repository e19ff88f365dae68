"""Takes Hookline's CDRs from their Redis list and loses none; hears its events."""

from .consume import consume_cdrs
from .handling import Cdr
from .messages import CdrMessage
from .progress import Counters

__all__ = ["Cdr", "CdrMessage", "Counters", "consume_cdrs"]
