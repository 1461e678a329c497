"""What a step of each method costs a node: counted on small quadratics, measured on larger ones."""
