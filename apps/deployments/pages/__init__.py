"""What pages show: rows, labels, buttons and whose turn it is. Reads only."""
