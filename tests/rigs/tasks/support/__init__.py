"""Support: 100 questions on the documents of a hotel, some of which have no answer there."""
