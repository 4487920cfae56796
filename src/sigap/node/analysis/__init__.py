"""Analysis in processes of its own: a crash or an overload there never touches recording."""
