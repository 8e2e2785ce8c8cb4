"""How partnerships compare: with their peers, with published benchmarks, with one another."""
