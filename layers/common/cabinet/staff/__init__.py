"""The staff of the settlement centre: who they are, what they may do, how they sign in at the desk."""
