"""Tests of the function `pusher`."""
