"""What a performer does: tracked, solved to poses, filtered; recorded and replayed as takes."""
