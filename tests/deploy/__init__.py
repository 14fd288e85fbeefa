"""What runs elsewhere: the machine on Fly.io, the workflows, the image. Each is run here as far as it can be."""
