"""The three stories, played in a real browser against a real demo."""
