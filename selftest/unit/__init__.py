"""Tests that need no Docker."""
