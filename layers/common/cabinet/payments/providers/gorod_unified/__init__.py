"""The gorodUnified interface of Челябинвестбанк."""
