"""Documents of a partnership: titled, in versions, internal or shared."""
