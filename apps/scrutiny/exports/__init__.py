"""Reports as files: one structure (`report`), built of a record or of a time (`of_record`, `of_period`), and
written as PDF, ODS, CSV and JSON (`files`) with the audit anchor (`anchor`).

Another report needs a builder that returns a `Report`, and a call of `files.download`.
"""
