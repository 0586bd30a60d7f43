"""What was in force at one instant of a deployment, rebuilt from what was written down, and whether each rule
that the platform checks was kept. It never says "lawful": that is for a court.

`records` reads, `rules` judge without a database or a clock, `report` makes an exhibit of it.
"""
