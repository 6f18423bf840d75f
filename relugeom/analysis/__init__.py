"""What a piecewise-linear network does over a domain: extremes, steepness, margins, proofs."""
