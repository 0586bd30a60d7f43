"""The transition matrix: every step by state by role by circumstance, walked through the real gates."""
