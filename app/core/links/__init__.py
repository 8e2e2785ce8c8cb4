"""One task, one link: somebody does exactly one thing from an e-mail, without an account."""
