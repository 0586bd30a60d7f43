"""What prosecution and defence are given about one alert, or a whole deployment: times, roles, numbers and
hashes. No face, no template, no name; the person of an alert is its number.
"""
