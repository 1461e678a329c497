"""The spectrum of a mixing matrix, and the rate at which its nodes agree: predicted and measured."""
