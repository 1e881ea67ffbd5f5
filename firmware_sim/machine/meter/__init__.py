"""What a meter does with its keys besides replacing them: credit, values, its firmware."""
