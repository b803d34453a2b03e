"""Tests, by the rooms of lib/. A package, since one that ppi-python installs has the same name."""
