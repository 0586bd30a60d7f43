"""The rules, plain: values in, values or a refusal out. Nothing here knows a table, a request or a clock."""
