"""Who signs in and how: users, sessions, passwords, captcha, ESIA."""
