"""The product as processes of one machine: its functions over HTTP (docs/adr/0051).

It composes functions and reads what there is from template.yaml; nothing of the trade lives here.
"""
