"""The file formats of registries: encodings, archives, columns."""
