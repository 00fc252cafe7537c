"""What a training loop needs around its steps: checkpoints."""
