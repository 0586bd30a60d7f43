"""Forms of the pages: what somebody typed, checked and kept, and where to send the reader back to."""
