"""Text normalisation, sentences and quote alignment; pure functions."""
