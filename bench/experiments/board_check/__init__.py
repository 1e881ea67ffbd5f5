"""A board, checked: it starts, has each protection that credentials need, and survives drills."""
