"""What the chapters import: experiments (explore, play, show), code on the page (source), and
exercise checks (check)."""

from dlcore.teaching.controls import play
from dlcore.teaching.exercises import check
from dlcore.teaching.experiments import explore, show
from dlcore.teaching.listing import source

__all__ = ["check", "explore", "play", "show", "source"]
