"""Evidence: cutting recordings to order, masking, packing, and the stand-alone verifier."""
