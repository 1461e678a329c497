"""How two torch losses become oracles on stacked rows, by automatic differentiation."""
