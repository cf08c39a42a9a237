"""What a family entrusts to those who conduct: health notes, who may collect a child, whether images may be shown."""
