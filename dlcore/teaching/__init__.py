"""What the chapters import: experiments (explore, play, show) and exercise checks (check)."""

from dlcore.teaching.controls import play
from dlcore.teaching.exercises import check
from dlcore.teaching.experiments import explore, show

__all__ = ["check", "explore", "play", "show"]
