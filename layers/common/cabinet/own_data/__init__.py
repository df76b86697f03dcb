"""«Скачать все мои данные»: what the cabinet holds about a person, as JSON in a ZIP (ст. 14 152-ФЗ)."""
