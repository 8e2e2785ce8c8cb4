"""The subcommands of `entente`, by topic; `app.cli` joins them."""
