"""The proof that nothing leaves the device: `scripts/prove-offline`."""
