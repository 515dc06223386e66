"""What the chapters import: experiments (explore, play, show), code on the page (source), and
exercise checks (check)."""

try:
    from dlcore.teaching.controls import play
    from dlcore.teaching.exercises import check
    from dlcore.teaching.experiments import explore, show
    from dlcore.teaching.listing import source
except ModuleNotFoundError as error:
    missing = str(error.name).partition(".")[0]
    raise ImportError(
        f'dlcore.teaching needs {missing}: python -m pip install "dlcore-book[teaching]"'
    ) from error

__all__ = ["check", "explore", "play", "show", "source"]
