"""The whole platform as processes of its own, watched by a scripted console, while parts of it go away.

`python -m tests.faults` plays every fault; docs/explanation/faults.md says what each one shows.
"""
