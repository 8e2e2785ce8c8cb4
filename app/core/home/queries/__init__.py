"""Reads for the home page: bounded, however many partners there are."""

from app.core.home.queries.scores import Portfolio, Ranking, portfolio, ranking
from app.core.home.queries.worklist import attention

__all__ = ["Portfolio", "Ranking", "attention", "portfolio", "ranking"]
