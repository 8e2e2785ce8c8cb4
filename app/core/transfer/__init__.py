"""A whole partnership as one file: written here, read again on another desk."""
