"""Takes: what a performer did, recorded, replayed and handed to other programs."""
