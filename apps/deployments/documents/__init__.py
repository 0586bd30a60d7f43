"""The authority as one document: hashed content, drawing, PDF, what an officer reads, what anybody checks."""
