"""The «Город» protocol of Челябинвестбанк."""
