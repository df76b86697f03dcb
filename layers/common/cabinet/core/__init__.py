"""What every layer may use and that uses none of them: money, periods, text, errors, clock, logging."""
