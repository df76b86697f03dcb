"""`cabinet doctor`: whether an installation is sound, check by check; what is expected is template.yaml's."""
