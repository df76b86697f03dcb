"""The RBS/BPC interface that most Russian acquirers speak."""
