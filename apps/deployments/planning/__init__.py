"""Writing a plan: its steps, its tasks, its values, and what a change would do."""
