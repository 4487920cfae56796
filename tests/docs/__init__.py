"""What the documentation says is compared with what is there."""
