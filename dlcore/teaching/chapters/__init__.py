"""What one chapter alone needs: the records of its exercises (answers/), its drawings, its data."""
