"""What contacts propose about their own organisation and its people, and what became of it."""
