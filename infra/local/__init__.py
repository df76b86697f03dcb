"""The whole system on one machine: the local AWS, the deployment into it, and the gateway in front."""
