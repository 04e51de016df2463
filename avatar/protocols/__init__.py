"""What other programs say and hear over the network: one protocol, one file, both directions."""
