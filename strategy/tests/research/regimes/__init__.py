"""The hidden Markov model beside the rules."""
