"""Guests see one object and nothing else; administrators break the glass on record."""
