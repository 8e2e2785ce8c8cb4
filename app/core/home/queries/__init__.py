"""Reads for the home page: bounded, however many partners there are."""

from app.core.home.queries.judging import judged
from app.core.home.queries.scores import (
    COLOURS,
    Portfolio,
    Ranking,
    portfolio,
    ranking,
    with_colour,
)
from app.core.home.queries.worklist import attention, work

__all__ = [
    "COLOURS",
    "Portfolio",
    "Ranking",
    "attention",
    "judged",
    "portfolio",
    "ranking",
    "with_colour",
    "work",
]
