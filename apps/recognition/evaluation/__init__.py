"""How well a model pack tells people apart, measured on labelled pictures, with its uncertainty.

Plain NumPy: no Django, no database. The words are those of ISO/IEC 19795-1; docs/explanation/evidence.md has
the formulas and says what each interval assumes.
"""
