"""Templates of ГИС ЖКХ filled with readings and payments: columns are known by their headers."""
