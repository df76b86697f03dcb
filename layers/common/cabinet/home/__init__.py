"""The first screen («Главная»), and its answers about profile and bindings that other calls give as well."""
