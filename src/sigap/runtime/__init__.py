"""What runs Sigap on a machine: database launcher, supervisor, model weights. No Django."""
