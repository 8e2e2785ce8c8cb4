"""The HTTP API: figures in and out for other programs, under the rules of an import."""
