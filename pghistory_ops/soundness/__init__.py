"""Whether migrations leave history right behind them: said by a check, held before they run."""
